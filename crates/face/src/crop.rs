//! Pieces of a picture at the size that a network wants, through OpenCV, with buffers that are kept.

use opencv::core::{
    self, BORDER_CONSTANT, BORDER_REPLICATE, Mat, Rect, Scalar, Size, ToInputArray, Vec3b,
};
use opencv::imgproc::{self, INTER_AREA, INTER_LINEAR};
use opencv::prelude::*;

use crate::error::FaceError;
use crate::geometry::{Bounds, Similarity};
use crate::picture::Picture;

/// A picture's pixels as OpenCV sees them, without a copy.
pub(crate) type Frame<'a> = opencv::boxed_ref::BoxedRef<'a, Mat>;

/// The view of a picture.
pub(crate) fn view(picture: &Picture) -> Result<Frame<'_>, FaceError> {
    Ok(Mat::new_rows_cols_with_bytes::<Vec3b>(
        picture.height() as i32,
        picture.width() as i32,
        picture.as_rgb(),
    )?)
}

/// A piece of a picture; where it reaches past an edge, the edge's pixels go on.
pub(crate) struct Crop {
    bordered: Mat,
    out: Mat,
}

impl Crop {
    pub(crate) fn new() -> Self {
        Self {
            bordered: Mat::default(),
            out: Mat::default(),
        }
    }

    /// The piece inside `bounds`, made `width` × `height`: shrunk by area, enlarged by interpolation.
    pub(crate) fn take(
        &mut self,
        picture: &Frame<'_>,
        bounds: Bounds,
        width: u32,
        height: u32,
    ) -> Result<&[u8], FaceError> {
        let (columns, rows) = (picture.cols(), picture.rows());
        let wanted = Rect::new(
            bounds.x.round() as i32,
            bounds.y.round() as i32,
            (bounds.width.round() as i32).clamp(1, columns.max(rows) * 4),
            (bounds.height.round() as i32).clamp(1, columns.max(rows) * 4),
        );
        let left = wanted.x.clamp(0, columns - 1);
        let top = wanted.y.clamp(0, rows - 1);
        let right = wanted
            .x
            .saturating_add(wanted.width)
            .clamp(left + 1, columns);
        let bottom = wanted.y.saturating_add(wanted.height).clamp(top + 1, rows);
        let inside = Rect::new(left, top, right - left, bottom - top);
        let piece = Mat::roi(picture, inside)?;
        let size = Size::new(width as i32, height as i32);
        if inside == wanted {
            resize(&piece, &mut self.out, size)?;
        } else {
            core::copy_make_border(
                &piece,
                &mut self.bordered,
                (top - wanted.y).max(0),
                (wanted.y + wanted.height - bottom).max(0),
                (left - wanted.x).max(0),
                (wanted.x + wanted.width - right).max(0),
                BORDER_REPLICATE,
                Scalar::all(0.0),
            )?;
            resize(&self.bordered, &mut self.out, size)?;
        }
        Ok(self.out.data_bytes()?)
    }

    /// The last piece, left and right exchanged.
    pub(crate) fn mirror_last(&mut self) -> Result<(), FaceError> {
        core::flip(&self.out, &mut self.bordered, 1)?;
        std::mem::swap(&mut self.out, &mut self.bordered);
        Ok(())
    }

    /// The last piece's pixels.
    pub(crate) fn last(&self) -> Result<&[u8], FaceError> {
        Ok(self.out.data_bytes()?)
    }

    /// The picture through a similarity, bilinear, black outside.
    pub(crate) fn warp(
        &mut self,
        picture: &Frame<'_>,
        similarity: Similarity,
        side: usize,
    ) -> Result<&[u8], FaceError> {
        let rows = similarity.rows();
        let flat = [
            rows[0][0], rows[0][1], rows[0][2], rows[1][0], rows[1][1], rows[1][2],
        ];
        let matrix = Mat::new_rows_cols_with_data(2, 3, &flat)?;
        imgproc::warp_affine(
            picture,
            &mut self.out,
            &matrix,
            Size::new(side as i32, side as i32),
            INTER_LINEAR,
            BORDER_CONSTANT,
            Scalar::all(0.0),
        )?;
        Ok(self.out.data_bytes()?)
    }
}

fn resize(
    from: &(impl ToInputArray + MatTraitConst),
    to: &mut Mat,
    size: Size,
) -> Result<(), FaceError> {
    let source = from.size()?;
    let shrinks = source.width >= size.width && source.height >= size.height;
    let method = if shrinks { INTER_AREA } else { INTER_LINEAR };
    imgproc::resize(from, to, size, 0.0, 0.0, method)?;
    Ok(())
}
