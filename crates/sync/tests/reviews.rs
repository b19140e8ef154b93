//! Questions about reviews that are decided at another station: beside the packets, never instead of them.
#![allow(clippy::unwrap_used, clippy::panic)]

use domain::{ItemKind, PacketId, Timestamp};
use std::time::Duration;
use sync::{
    Answer, Candidates, Documents, Effect, Engine, Event, Failure, Request, Response, ReviewAnswer,
    ReviewAsk, ReviewWish, StoreAct, StoreReply, Waiting,
};

/// What the engine did, in one letter: `r` a question about reviews, `k` its answer kept, `u` something of an upload.
struct Scene {
    wish: ReviewWish,
    version: u16,
    /// How the centre answers questions about reviews.
    reviews: Result<(), Failure>,
    packets: u8,
    /// How long the link takes for a request.
    takes: Duration,
    done: String,
}

impl Scene {
    fn new(wish: ReviewWish, packets: u8) -> Self {
        Self {
            wish,
            version: 2,
            reviews: Ok(()),
            packets,
            takes: Duration::from_millis(50),
            done: String::new(),
        }
    }

    fn play(&mut self, until: Duration) {
        let mut engine = Engine::new(3);
        let mut now = Duration::ZERO;
        let mut effect = engine.step(now, Event::Begin);
        while now < until {
            let event = match effect {
                Effect::Rest(wait) => {
                    now += wait;
                    Event::Rested
                }
                Effect::Store(act) => Event::Store(self.store(&act)),
                Effect::Http(request) => {
                    now += self.takes;
                    Event::Http(Answer {
                        version: Some(self.version),
                        result: self.centre(&request),
                    })
                }
            };
            effect = engine.step(now, event);
        }
    }

    fn store(&mut self, act: &StoreAct) -> StoreReply {
        match act {
            StoreAct::Candidates { .. } => StoreReply::Candidates(Candidates {
                waiting: (0..self.packets).map(void).collect(),
                reviews: self.wish,
                ..Candidates::default()
            }),
            StoreAct::NextReview => StoreReply::Review(Box::new(ReviewAsk::List { tag: None })),
            StoreAct::ReviewAnswered(ReviewAnswer::List { .. }) => {
                self.done.push('k');
                StoreReply::Done
            }
            StoreAct::Documents(_) => StoreReply::Documents(Box::new(Documents::Void(
                envelope::Signed::from_bytes(b"signed".to_vec()).unwrap(),
            ))),
            StoreAct::Settle { .. } => {
                self.packets -= 1;
                StoreReply::Done
            }
            _ => StoreReply::Done,
        }
    }

    fn centre(&mut self, request: &Request) -> Result<Response, Failure> {
        Ok(match request {
            Request::Review(_) => {
                self.done.push('r');
                self.reviews?;
                Response::Review(ReviewAnswer::List {
                    list: None,
                    tag: None,
                })
            }
            Request::Void(_) => {
                self.done.push('u');
                Response::Receipt(wire::SignedText::from_text("receipt"))
            }
            Request::Outcomes { .. } => Response::Outcomes {
                outcomes: Vec::new(),
                cursor: None,
            },
            Request::Lease { .. } => Response::Lease {
                reply: None,
                tag: None,
            },
            _ => Response::StatusTaken,
        })
    }
}

/// An item that takes one request.
fn void(n: u8) -> Waiting {
    Waiting {
        packet: PacketId::mint(Timestamp::from_millis(1_795_000_000_000), [n; 10]),
        kind: ItemKind::Void,
        length: 0,
        upload: None,
        attempts: 0,
    }
}

const MINUTE: Duration = Duration::from_mins(1);

#[test]
fn while_there_is_something_to_say_packets_and_questions_take_turns() {
    let mut scene = Scene::new(ReviewWish::Now, 10);
    // So slow that another question is due as soon as one is answered.
    scene.takes = Duration::from_millis(500);
    scene.play(MINUTE);
    let begun = scene.done.replace('k', "");
    assert!(
        begun.starts_with("ru") || begun.starts_with("ur"),
        "{begun}"
    );
    let uploads = begun.rfind('u').unwrap();
    assert!(!begun[..uploads].contains("rr"), "{begun}");
    assert_eq!(begun.matches('u').count(), 10);
    assert!(begun.matches('r').count() > 20, "it goes on: {begun}");
    let (asked, kept) = (begun.matches('r').count(), scene.done.matches('k').count());
    assert!(
        kept == asked || kept + 1 == asked,
        "the play ends between them at most"
    );
}

#[test]
fn without_anything_to_say_it_is_asked_from_time_to_time_and_an_only_station_never_asks() {
    let mut scene = Scene::new(ReviewWish::News, 0);
    scene.play(10 * MINUTE);
    let asked = scene.done.matches('r').count();
    assert!((25..=35).contains(&asked), "{asked} in ten minutes");
    let mut alone = Scene::new(ReviewWish::Nothing, 2);
    alone.play(10 * MINUTE);
    assert_eq!(alone.done, "uu");
}

#[test]
fn a_centre_of_the_first_release_is_never_asked() {
    let mut scene = Scene::new(ReviewWish::Now, 0);
    scene.version = 1;
    scene.play(10 * MINUTE);
    assert_eq!(scene.done, "");
}

#[test]
fn a_centre_that_fails_at_reviews_is_asked_less_and_holds_up_no_packet() {
    for failure in [Failure::Fault, Failure::Unreadable] {
        let mut scene = Scene::new(ReviewWish::Now, 10);
        scene.reviews = Err(failure);
        scene.play(60 * MINUTE);
        assert_eq!(scene.done.matches('u').count(), 10, "{}", scene.done);
        let asked = scene.done.matches('r').count();
        assert!((3..15).contains(&asked), "{asked} in an hour");
    }
}
