//! One network in OpenCV's engine, with its input blob kept from frame to frame, proven at load by its answer to a fixed picture.

use opencv::core::{CV_32F, Mat, MatTraitConstManual, MatTraitManual, Scalar, Vector};
use opencv::dnn::{self, Net};
use opencv::prelude::*;

use crate::error::FaceError;
use crate::models::{Colours, Input, Layout, Model, ModelError, Output};

/// How far an answer may be from the manifest's, as a share of its largest golden figure: processors round differently, other
/// weights or another normalisation are much farther off.
const GOLDEN_TOLERANCE: f32 = 1e-3;

pub(crate) struct Network {
    net: Net,
    input: Input,
    blob: Mat,
    output_names: Vector<String>,
    lengths: Vec<usize>,
    outputs: Vector<Mat>,
}

impl Network {
    pub(crate) fn load(model: &Model) -> Result<Self, ModelError> {
        let mut network = Self::unproven(model)?;
        let entry = model.entry();
        for (output, found) in entry.outputs.iter().zip(network.golden(model)?) {
            prove(&entry.name, output, &found)?;
        }
        Ok(network)
    }

    /// The network without the proof, for whoever writes a manifest.
    pub(crate) fn unproven(model: &Model) -> Result<Self, ModelError> {
        Self::try_load(model).map_err(|error| unloadable(model, error.message))
    }

    /// The golden figures of every output, as this network gives them.
    pub(crate) fn golden(&mut self, model: &Model) -> Result<Vec<Vec<f32>>, ModelError> {
        let failed = |error: FaceError| unloadable(model, error.to_string());
        self.run(&self.input.golden_pixels()).map_err(failed)?;
        (0..self.lengths.len())
            .map(|nth| self.with_output(nth, Output::golden_of).map_err(failed))
            .collect()
    }

    fn try_load(model: &Model) -> Result<Self, opencv::Error> {
        let mut net = dnn::read_net_from_onnx_buffer(&Vector::from_slice(model.bytes()))?;
        net.set_preferable_backend(dnn::DNN_BACKEND_OPENCV)?;
        net.set_preferable_target(dnn::DNN_TARGET_CPU)?;
        let input = model.entry().input.clone();
        let (rows, columns) = (input.height as i32, input.width as i32);
        let (batch, channels) = (input.batch as i32, input.colours.channels() as i32);
        let shape = match input.layout {
            Layout::Planes => [batch, channels, rows, columns],
            Layout::Pixels => [batch, rows, columns, channels],
        };
        let outputs = &model.entry().outputs;
        Ok(Self {
            output_names: named_outputs(&net, outputs)?,
            lengths: outputs.iter().map(|output| output.length).collect(),
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

    /// Reads the last run's `nth` output: as many values as the manifest states, of the first picture of the batch.
    pub(crate) fn with_output<T>(
        &self,
        nth: usize,
        read: impl FnOnce(&[f32]) -> T,
    ) -> Result<T, FaceError> {
        let output = self.outputs.get(nth)?;
        let values = output.data_typed::<f32>()?;
        let wanted = self.output_length(nth);
        let found = values.len() / self.input.batch as usize;
        match values.get(..wanted) {
            Some(values) if found == wanted => Ok(read(values)),
            _ => Err(FaceError::Engine(format!(
                "the network gave {found} values, not {wanted}"
            ))),
        }
    }

    /// How many values the `nth` output has for one picture, by the manifest and by the answer at load.
    pub(crate) fn output_length(&self, nth: usize) -> usize {
        self.lengths.get(nth).copied().unwrap_or_default()
    }

    /// The first outputs' lengths are what the role reads.
    pub(crate) fn expect_lengths(
        self,
        model: &Model,
        wanted: &[usize],
    ) -> Result<Self, ModelError> {
        if self.lengths.get(..wanted.len()) == Some(wanted) {
            return Ok(self);
        }
        let role = model.entry().role;
        let found = &self.lengths;
        let reason = format!("the role {role} reads {wanted:?} values, it gives {found:?}");
        Err(unloadable(model, reason))
    }
}

fn unloadable(model: &Model, reason: String) -> ModelError {
    ModelError::Unloadable {
        file: model.entry().file.clone(),
        reason,
    }
}

fn prove(name: &str, output: &Output, found: &[f32]) -> Result<(), ModelError> {
    let golden = &output.golden;
    let largest = golden.iter().fold(1e-6_f32, |most, v| most.max(v.abs()));
    let other = |(wanted, seen): &(&f32, &f32)| {
        let off = (*wanted - *seen).abs();
        off.is_nan() || off > GOLDEN_TOLERANCE * largest
    };
    let differing = golden.iter().zip(found).find(other);
    let differing = differing.map(|(wanted, seen)| (*wanted, *seen));
    let short = golden.len() != found.len();
    match differing.or(short.then_some((golden.len() as f32, found.len() as f32))) {
        None => Ok(()),
        Some((wanted, seen)) => Err(ModelError::OtherAnswer {
            name: name.into(),
            wanted,
            seen,
        }),
    }
}

/// The engine puts a prefix before the names that the ONNX file gives its outputs, and lists them in an order of its own.
fn named_outputs(net: &Net, wanted: &[Output]) -> Result<Vector<String>, opencv::Error> {
    let known = net.get_unconnected_out_layers_names()?;
    let mut names = Vector::new();
    for Output { name, .. } in wanted {
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
    let channels = input.colours.channels();
    for picture in blob.chunks_exact_mut(pixels * channels) {
        match input.layout {
            Layout::Planes => {
                for (channel, plane) in picture.chunks_exact_mut(pixels).enumerate() {
                    fill_channel(plane.iter_mut(), rgb, input, channel);
                }
            }
            Layout::Pixels => {
                for channel in 0..channels {
                    let values = picture.iter_mut().skip(channel).step_by(channels);
                    fill_channel(values, rgb, input, channel);
                }
            }
        }
    }
}

fn fill_channel<'v>(
    values: impl Iterator<Item = &'v mut f32>,
    rgb: &[u8],
    input: &Input,
    channel: usize,
) {
    let (subtract, divide) = (input.subtract[channel], input.divide[channel]);
    let pixels = values.zip(rgb.chunks_exact(3));
    let of = match input.colours {
        Colours::Rgb => channel,
        Colours::Bgr => 2 - channel,
        Colours::Grey => {
            for (out, pixel) in pixels {
                let luma = 0.299 * f32::from(pixel[0])
                    + 0.587 * f32::from(pixel[1])
                    + 0.114 * f32::from(pixel[2]);
                *out = (luma.round() - subtract) / divide;
            }
            return;
        }
    };
    for (out, pixel) in pixels {
        *out = (f32::from(pixel[of]) - subtract) / divide;
    }
}

/// Probabilities from a network's last layer.
pub(crate) fn softmax<const N: usize>(logits: [f32; N]) -> [f32; N] {
    let highest = logits.iter().copied().fold(f32::MIN, f32::max);
    let powers = logits.map(|logit| (logit - highest).exp());
    let sum: f32 = powers.iter().sum();
    powers.map(|power| power / sum)
}
