//! A small tus client of the tests' own, over real TLS.

use super::packet::Packet;
use super::{Station, TestCentre};
use envelope::Receipt;
use wire::{PacketReply, PacketState, path};

impl TestCentre {
    pub async fn create(&self, station: &Station, packet: &Packet) -> reqwest::Response {
        station
            .client
            .post(self.url(path::UPLOADS))
            .header("tus-resumable", "1.0.0")
            .header("upload-length", packet.sealed.len())
            .header("upload-metadata", packet.metadata())
            .send()
            .await
            .unwrap()
    }

    pub async fn patch(
        &self,
        station: &Station,
        location: &str,
        offset: usize,
        bytes: Vec<u8>,
        checksum: Option<&str>,
    ) -> reqwest::Response {
        let mut request = station
            .client
            .patch(self.url(location))
            .header("tus-resumable", "1.0.0")
            .header("upload-offset", offset)
            .header("content-type", "application/offset+octet-stream");
        if let Some(checksum) = checksum {
            request = request.header("upload-checksum", checksum);
        }
        request.body(bytes).send().await.unwrap()
    }

    pub async fn offset(&self, station: &Station, location: &str) -> usize {
        let response = station
            .client
            .head(self.url(location))
            .header("tus-resumable", "1.0.0")
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200);
        response.headers()["upload-offset"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap()
    }

    /// Creates and sends everything; gives the last answer's status.
    pub async fn send(&self, station: &Station, packet: &Packet) -> u16 {
        let created = self.create(station, packet).await;
        if created.status() != 201 {
            return created.status().as_u16();
        }
        let location = created.headers()["location"].to_str().unwrap().to_owned();
        self.patch(station, &location, 0, packet.sealed.clone(), None)
            .await
            .status()
            .as_u16()
    }

    pub async fn reply(&self, station: &Station, packet: &Packet) -> PacketReply {
        let url = self.url(&format!("{}/{}?wait_seconds=20", path::PACKETS, packet.id));
        station
            .client
            .get(url)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    /// Sends it and waits for the verified receipt: state and reason.
    pub async fn settle(
        &self,
        station: &Station,
        packet: &Packet,
    ) -> (PacketState, Option<String>) {
        assert_eq!(self.send(station, packet).await, 204);
        let reply = self.reply(station, packet).await;
        let receipt = reply.receipt.unwrap().read::<Receipt>().unwrap();
        let key = station
            .activation
            .lease
            .centre_key
            .read::<envelope::KeyCertificate>()
            .unwrap()
            .verify(&station.activation.policy_root)
            .unwrap()
            .key;
        let receipt = receipt.verify(&key).unwrap();
        assert_eq!(
            (receipt.packet, receipt.digest),
            (packet.id, packet.digest())
        );
        (reply.state, receipt.reason.clone())
    }

    pub fn figures(&self) -> central::Figures {
        self.act(async |store| central::Figures::count(&store).await)
    }
}
