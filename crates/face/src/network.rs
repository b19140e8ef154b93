//! One network in OpenCV's engine, with its input blob kept from frame to frame.

use opencv::core::{CV_32F, Mat, MatTraitConstManual, MatTraitManual, Scalar, Vector};
use opencv::dnn::{self, Net};
use opencv::prelude::*;

use crate::error::FaceError;
use crate::models::{Colours, Input, Model, ModelError};

pub(crate) struct Network {
    net: Net,
    input: Input,
    blob: Mat,
    output_names: Vector<String>,
    outputs: Vector<Mat>,
}

impl Network {
    pub(crate) fn load(model: &Model) -> Result<Self, ModelError> {
        Self::try_load(model).map_err(|error| ModelError::Unloadable {
            file: model.entry().file.clone(),
            reason: error.message,
        })
    }

    fn try_load(model: &Model) -> Result<Self, opencv::Error> {
        let mut net = dnn::read_net_from_onnx_buffer(&Vector::from_slice(model.bytes()))?;
        net.set_preferable_backend(dnn::DNN_BACKEND_OPENCV)?;
        net.set_preferable_target(dnn::DNN_TARGET_CPU)?;
        let input = model.entry().input.clone();
        let planes = input.subtract.len() as i32;
        let shape = [1, planes, input.height as i32, input.width as i32];
        Ok(Self {
            output_names: named_outputs(&net, &model.entry().outputs)?,
            net,
            blob: Mat::new_nd_with_default(&shape, CV_32F, Scalar::all(0.0))?,
            input,
            outputs: Vector::new(),
        })
    }

    pub(crate) fn width(&self) -> u32 {
        self.input.width
    }

    pub(crate) fn height(&self) -> u32 {
        self.input.height
    }

    /// Runs the network on RGB pixels of its own width and height.
    pub(crate) fn run(&mut self, rgb: &[u8]) -> Result<(), FaceError> {
        fill(self.blob.data_typed_mut::<f32>()?, rgb, &self.input);
        self.net.set_input(&self.blob, "", 1.0, Scalar::all(0.0))?;
        self.net.forward(&mut self.outputs, &self.output_names)?;
        Ok(())
    }

    /// Reads the last run's `nth` output, which must have `length` values.
    pub(crate) fn with_output<T>(
        &self,
        nth: usize,
        length: usize,
        read: impl FnOnce(&[f32]) -> T,
    ) -> Result<T, FaceError> {
        let output = self.outputs.get(nth)?;
        let values = output.data_typed::<f32>()?;
        if values.len() != length {
            let found = values.len();
            return Err(FaceError::Engine(format!(
                "the network gave {found} values, not {length}"
            )));
        }
        Ok(read(values))
    }

    /// How many values the `nth` output of the last run has.
    pub(crate) fn output_length(&self, nth: usize) -> Result<usize, FaceError> {
        Ok(self.outputs.get(nth)?.total())
    }
}

/// The engine puts a prefix before the names that the ONNX file gives its outputs, and lists them in an order of its own.
fn named_outputs(net: &Net, wanted: &[String]) -> Result<Vector<String>, opencv::Error> {
    let known = net.get_unconnected_out_layers_names()?;
    let mut names = Vector::new();
    for name in wanted {
        let found = known
            .iter()
            .find(|known| known == name || known.rsplit('!').next() == Some(name.as_str()));
        let missing = || {
            opencv::Error::new(
                opencv::core::StsObjectNotFound,
                format!("it has no output {name}; it has {known:?}"),
            )
        };
        names.push(found.ok_or_else(missing)?.as_str());
    }
    Ok(names)
}

fn fill(blob: &mut [f32], rgb: &[u8], input: &Input) {
    let pixels = (input.width * input.height) as usize;
    match input.colours {
        Colours::Rgb => {
            for (channel, plane) in blob.chunks_exact_mut(pixels).enumerate() {
                let (subtract, divide) = (input.subtract[channel], input.divide[channel]);
                for (out, pixel) in plane.iter_mut().zip(rgb.chunks_exact(3)) {
                    *out = (f32::from(pixel[channel]) - subtract) / divide;
                }
            }
        }
        Colours::Grey => {
            let (subtract, divide) = (input.subtract[0], input.divide[0]);
            for (out, pixel) in blob.iter_mut().zip(rgb.chunks_exact(3)) {
                let luma = 0.299 * f32::from(pixel[0])
                    + 0.587 * f32::from(pixel[1])
                    + 0.114 * f32::from(pixel[2]);
                *out = (luma.round() - subtract) / divide;
            }
        }
    }
}

/// Probabilities from a network's last layer.
pub(crate) fn softmax<const N: usize>(logits: [f32; N]) -> [f32; N] {
    let highest = logits.iter().copied().fold(f32::MIN, f32::max);
    let powers = logits.map(|logit| (logit - highest).exp());
    let sum: f32 = powers.iter().sum();
    powers.map(|power| power / sum)
}
