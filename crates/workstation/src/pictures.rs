//! Pictures on the screen: uploaded once, and gone from the graphics memory when they are no longer shown.

use desk::Picture;
use eframe::egui::{ColorImage, Context, TextureHandle, TextureId, TextureOptions};
use std::collections::HashMap;

struct Shown {
    fingerprint: u64,
    texture: TextureHandle,
    used: bool,
}

/// The textures of the pictures that are on the screen.
#[derive(Default)]
pub struct Pictures {
    shown: HashMap<String, Shown>,
    /// Uploads since the start, for tests and the bench.
    uploads: u64,
}

impl std::fmt::Debug for Pictures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pictures({} shown)", self.shown.len())
    }
}

impl Pictures {
    /// The texture for a picture at a place of the screen; uploaded only when `fingerprint` is another than before.
    /// None when the picture's size and data do not fit together.
    pub fn texture(
        &mut self,
        ctx: &Context,
        place: &str,
        picture: &Picture,
        fingerprint: u64,
    ) -> Option<TextureId> {
        let (width, height) = (picture.width as usize, picture.height as usize);
        if width == 0 || height == 0 || picture.rgb.len() != width * height * 3 {
            return None;
        }
        if let Some(shown) = self.shown.get_mut(place) {
            shown.used = true;
            if shown.fingerprint != fingerprint {
                shown.fingerprint = fingerprint;
                shown.texture.set(
                    ColorImage::from_rgb([width, height], &picture.rgb),
                    TextureOptions::LINEAR,
                );
                self.uploads += 1;
            }
            return Some(shown.texture.id());
        }
        let image = ColorImage::from_rgb([width, height], &picture.rgb);
        let texture = ctx.load_texture("picture", image, TextureOptions::LINEAR);
        self.uploads += 1;
        let id = texture.id();
        self.shown.insert(
            place.to_owned(),
            Shown {
                fingerprint,
                texture,
                used: true,
            },
        );
        Some(id)
    }

    /// The texture of a picture that does not change: told by where its pixels are.
    pub fn still(&mut self, ctx: &Context, place: &str, picture: &Picture) -> Option<TextureId> {
        let fingerprint = picture.rgb.as_ptr() as u64;
        self.texture(ctx, place, picture, fingerprint)
    }

    /// Lets go of every picture that was not shown in this frame.
    pub fn end_frame(&mut self) {
        self.shown
            .retain(|_, shown| std::mem::take(&mut shown.used));
    }

    /// Uploads since the start.
    pub fn uploads(&self) -> u64 {
        self.uploads
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_picture_is_uploaded_when_it_changes_and_let_go_when_it_is_not_shown() {
        let ctx = Context::default();
        let picture = Picture {
            width: 2,
            height: 1,
            rgb: vec![0; 6].into(),
        };
        let mut pictures = Pictures::default();
        for _ in 0..3 {
            assert!(pictures.texture(&ctx, "live", &picture, 1).is_some());
            pictures.end_frame();
        }
        assert_eq!(pictures.uploads(), 1);
        pictures.texture(&ctx, "live", &picture, 2).unwrap();
        assert_eq!(pictures.uploads(), 2);
        pictures.end_frame();
        pictures.end_frame();
        assert!(pictures.shown.is_empty());
    }

    #[test]
    fn a_picture_with_too_few_pixels_is_not_shown() {
        let picture = Picture {
            width: 4,
            height: 4,
            rgb: vec![0; 5].into(),
        };
        assert!(
            Pictures::default()
                .still(&Context::default(), "x", &picture)
                .is_none()
        );
    }
}
