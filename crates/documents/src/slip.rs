//! The acknowledgement slip: what an applicant takes home.

use crate::DocumentError;
use crate::sheet::{Fonts, Ink, Sheet, group, settings};
use crate::words::Words;
use domain::{ApplicationKind, BilingualName, PacketId, StationId, Timestamp};
use krilla::Document;
use krilla::destination::XyzDestination;
use krilla::geom::Point;
use krilla::metadata::Metadata;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::tagging::{ListNumbering, Node, Tag, TagTree};
use std::num::NonZeroU16;
use text::{Align, Direction, Layout, Limits, Style, TextEngine, isolate};

/// A4 upright, in points: in two languages a slip for the longest names does not fit on A5.
const PAGE: (f32, f32) = (595.28, 841.89);
const MARGIN: f32 = 48.0;
/// Width of each language's column, with room between them.
const COLUMN: f32 = (PAGE.0 - 2.0 * MARGIN - 18.0) / 2.0;
const CODE: f32 = 110.0;
const FIELDS: usize = 4;
/// Pakistan keeps UTC+5 all year; a slip is read there.
const PAKISTAN_MILLIS: i64 = 5 * 3_600_000;

const OFFICE: Style = Style::semi_bold(11.0);
const TITLE: Style = Style::semi_bold(16.0);
const LABEL: Style = Style::regular(8.5);
const VALUE: Style = Style::regular(11.0);
const TRACKING: Style = Style::semi_bold(18.0);
const HEADING: Style = Style::semi_bold(11.0);
const BODY: Style = Style::regular(9.0);
const SMALL: Style = Style::regular(8.0);

/// What stands on a slip: no more personal data than the name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlipContent {
    /// The application; its short form is the tracking number.
    pub packet: PacketId,
    /// What was asked for.
    pub kind: ApplicationKind,
    /// Who asked, in both scripts.
    pub name: BilingualName,
    /// The office in English.
    pub office_latin: String,
    /// The office in Urdu.
    pub office_urdu: String,
    /// At which station.
    pub station: StationId,
    /// When it was taken.
    pub at: Timestamp,
}

/// Makes the slip: one page A4, tagged, with everything in English at the left and in Urdu at the
/// right. The same content gives the same bytes.
///
/// # Errors
/// [`DocumentError`]; none for a content whose names `domain` has parsed.
pub fn slip(content: &SlipContent) -> Result<Vec<u8>, DocumentError> {
    let sides = [Side::english(content), Side::urdu(content)];
    let mut document = Document::new_with(settings()?);
    let tags = draw(&mut document, content, &sides)?;
    document.set_tag_tree(tags);
    let [english, urdu] = &sides;
    document.set_metadata(metadata(content, english, urdu));
    document.set_outline(outline(&english.title));
    document.finish().map_err(|_| DocumentError::Pdf)
}

fn draw(
    document: &mut Document,
    content: &SlipContent,
    sides: &[Side; 2],
) -> Result<TagTree, DocumentError> {
    let mut engine = TextEngine::new()?;
    let fonts = Fonts::load()?;
    let size = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or(DocumentError::Pdf)?;
    let mut page = document.start_page_with(size);
    let mut writer = Writer {
        sheet: Sheet::new(page.surface(), &fonts),
        engine: &mut engine,
        top: MARGIN,
    };
    let tags = writer.write(content, sides)?;
    if writer.top > PAGE.1 - MARGIN / 2.0 {
        return Err(DocumentError::DoesNotFit);
    }
    writer.sheet.finish();
    Ok(tags)
}

fn metadata(content: &SlipContent, english: &Side, urdu: &Side) -> Metadata {
    // No name: titles show in lists of files and print queues.
    let title = format!(
        "{} · {} · {}",
        english.title,
        urdu.title,
        content.packet.short()
    );
    Metadata::new()
        .title(title)
        .language("en".to_owned())
        .creator("Shanakht".to_owned())
        .document_id(content.packet.to_string())
}

fn outline(title: &str) -> Outline {
    let mut outline = Outline::new();
    let top = XyzDestination::new(0, Point::from_xy(0.0, 0.0));
    outline.push_child(OutlineNode::new(title.to_owned(), top));
    outline
}

/// The slip's words in one language.
struct Side {
    language: &'static str,
    direction: Direction,
    office: String,
    title: String,
    /// Label and value.
    tracking: (String, String),
    fields: [(String, String); FIELDS],
    next: (String, String),
    not_proof: String,
    code: String,
}

impl Side {
    fn english(content: &SlipContent) -> Self {
        let name = content.name.latin.expose().to_owned();
        Self::new(
            content,
            &Words::english(),
            "en",
            name,
            &content.office_latin,
        )
    }

    fn urdu(content: &SlipContent) -> Self {
        let name = content.name.urdu.expose().to_owned();
        let side = Self::new(content, &Words::urdu(), "ur", name, &content.office_urdu);
        Self {
            direction: Direction::Rtl,
            ..side
        }
    }

    fn new(
        content: &SlipContent,
        words: &Words,
        language: &'static str,
        name: String,
        office: &str,
    ) -> Self {
        let tracking = content.packet.short();
        let station = content.station.as_str();
        let place = words.with(
            "slip-where-value",
            &[("office", office), ("station", station)],
        );
        let kind = words.get(&format!("kind-{}", content.kind.key()));
        Self {
            language,
            direction: Direction::Ltr,
            office: office.to_owned(),
            title: words.get("slip-title"),
            tracking: (words.get("slip-tracking"), isolate(&tracking)),
            fields: [
                (words.get("slip-name"), name),
                (words.get("slip-kind"), kind),
                (words.get("slip-when"), isolate(&local_time(content.at))),
                (words.get("slip-where"), place),
            ],
            next: (
                words.get("slip-next-title"),
                words.with("slip-next", &[("tracking", &tracking)]),
            ),
            not_proof: words.get("slip-not-proof"),
            code: words.with("slip-code", &[("tracking", &tracking)]),
        }
    }
}

/// `24-11-2026 14:05`, as dates are written in Pakistan.
fn local_time(at: Timestamp) -> String {
    let text = at.plus_millis(PAKISTAN_MILLIS).to_rfc3339();
    let part = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default();
    format!(
        "{}-{}-{} {}",
        part(8..10),
        part(5..7),
        part(0..4),
        part(11..16)
    )
}

/// The nodes of one language, in the order of reading.
#[derive(Default)]
struct Reading {
    head: Vec<Node>,
    list: Vec<Node>,
    tail: Vec<Node>,
}

/// Draws from top to bottom, both languages beside each other.
struct Writer<'a> {
    sheet: Sheet<'a>,
    engine: &'a mut TextEngine,
    top: f32,
}

impl Writer<'_> {
    fn write(
        &mut self,
        content: &SlipContent,
        sides: &[Side; 2],
    ) -> Result<TagTree, DocumentError> {
        let mut readings = [Reading::default(), Reading::default()];
        self.head(sides, &mut readings);
        let code = self.tracking(content, sides, &mut readings)?;
        self.line(Ink::Grey);
        self.fields(sides, &mut readings);
        self.line(Ink::Grey);
        self.paragraphs(sides, &mut readings);
        Ok(tree(sides, readings, code))
    }

    fn head(&mut self, sides: &[Side; 2], readings: &mut [Reading; 2]) {
        let offices = self.pair(COLUMN, sides, |s| &s.office, OFFICE, Ink::Green);
        self.line(Ink::Green);
        let titles = self.pair(COLUMN, sides, |s| &s.title, TITLE, Ink::Black);
        self.space(4.0);
        let parts = sides.iter().zip(offices).zip(titles);
        for (reading, ((side, office), title)) in readings.iter_mut().zip(parts) {
            reading.head.push(heading(1, &side.title, title));
            reading.head.push(group(Tag::P, [office]));
        }
    }

    /// The code in the middle, the tracking number at both sides of it.
    fn tracking(
        &mut self,
        content: &SlipContent,
        sides: &[Side; 2],
        readings: &mut [Reading; 2],
    ) -> Result<Node, DocumentError> {
        let top = self.top;
        let place = ((PAGE.0 - CODE) / 2.0, top);
        let code = self.sheet.code(place, CODE, &content.packet.to_string())?;
        let room = (PAGE.0 - CODE) / 2.0 - MARGIN;
        self.space(24.0);
        let labels = self.pair(room, sides, |s| &s.tracking.0, LABEL, Ink::Grey);
        let values = self.pair(room, sides, |s| &s.tracking.1, TRACKING, Ink::Black);
        for (reading, (label, value)) in readings.iter_mut().zip(labels.into_iter().zip(values)) {
            reading.list.push(item(label, value));
        }
        self.top = self.top.max(top + CODE);
        Ok(code.into())
    }

    fn fields(&mut self, sides: &[Side; 2], readings: &mut [Reading; 2]) {
        for n in 0..FIELDS {
            let labels = self.pair(COLUMN, sides, |s| &s.fields[n].0, LABEL, Ink::Grey);
            let values = self.pair(COLUMN, sides, |s| &s.fields[n].1, VALUE, Ink::Black);
            self.space(3.0);
            for (reading, (label, value)) in readings.iter_mut().zip(labels.into_iter().zip(values))
            {
                reading.list.push(item(label, value));
            }
        }
    }

    fn paragraphs(&mut self, sides: &[Side; 2], readings: &mut [Reading; 2]) {
        let headings = self.pair(COLUMN, sides, |s| &s.next.0, HEADING, Ink::Green);
        let bodies = self.pair(COLUMN, sides, |s| &s.next.1, BODY, Ink::Black);
        self.space(6.0);
        let notes = self.pair(COLUMN, sides, |s| &s.not_proof, SMALL, Ink::Grey);
        let parts = sides.iter().zip(headings).zip(bodies).zip(notes);
        for (reading, (((side, title), body), note)) in readings.iter_mut().zip(parts) {
            reading.tail.push(heading(2, &side.next.0, title));
            reading.tail.push(group(Tag::P, [body]));
            reading.tail.push(group(Tag::P, [note]));
        }
    }

    /// The same thing in both languages: English at the left edge, Urdu at the right, none wider
    /// than `room`. The next begins below the longer one.
    fn pair(
        &mut self,
        room: f32,
        sides: &[Side; 2],
        words: impl Fn(&Side) -> &str,
        style: Style,
        ink: Ink,
    ) -> [Node; 2] {
        let [english, urdu] = sides;
        let left = self.lay_out(english, words(english), style, room);
        let right = self.lay_out(urdu, words(urdu), style, room);
        // Nastaliq stands lower in its taller line: both stand on one baseline.
        let baseline = left.baseline().max(right.baseline());
        let at = |layout: &Layout| baseline - layout.baseline();
        let height = (at(&left) + left.height()).max(at(&right) + right.height());
        let nodes = [
            (MARGIN, &left, english),
            (PAGE.0 - MARGIN - room, &right, urdu),
        ]
        .map(|(x, layout, side)| {
            let place = (x, self.top + at(layout));
            let part = self.sheet.text(place, layout, side.language, ink);
            // What is read aloud: the text in its own order, without marks of direction.
            let words = text::without_isolates(layout.text());
            group(Tag::Span.with_actual_text(Some(words)), [part.into()])
        });
        self.top += height;
        nodes
    }

    fn lay_out(&mut self, side: &Side, words: &str, style: Style, room: f32) -> Layout {
        self.engine.layout(
            words,
            style,
            Limits::wrap(room),
            Align::Start,
            side.direction,
        )
    }

    fn line(&mut self, ink: Ink) {
        self.space(5.0);
        self.sheet
            .rule(MARGIN, self.top, PAGE.0 - 2.0 * MARGIN, ink);
        self.space(6.0);
    }

    fn space(&mut self, points: f32) {
        self.top += points;
    }
}

/// English as a whole, then Urdu as a whole: a screen reader reads one language through.
fn tree(sides: &[Side; 2], readings: [Reading; 2], code: Node) -> TagTree {
    let mut tree = TagTree::new().with_lang(Some("en".to_owned()));
    let mut code = Some(code);
    for (side, reading) in sides.iter().zip(readings) {
        let list = group(Tag::L(ListNumbering::None), reading.list);
        let figure = code
            .take()
            .map(|code| group(Tag::Figure(Some(side.code.clone())), [code]));
        let parts = reading
            .head
            .into_iter()
            .chain([list])
            .chain(figure)
            .chain(reading.tail);
        let language = Some(side.language.to_owned());
        tree.push(group(Tag::Section.with_lang(language), parts));
    }
    tree
}

fn item(label: Node, value: Node) -> Node {
    group(
        Tag::LI,
        [group(Tag::Lbl, [label]), group(Tag::LBody, [value])],
    )
}

fn heading(level: u16, title: &str, part: Node) -> Node {
    let level = NonZeroU16::new(level).unwrap_or(NonZeroU16::MIN);
    group(Tag::Hn(level, Some(title.to_owned())), [part])
}
