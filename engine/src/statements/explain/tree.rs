//! The steps of a plan as a tree: as an indented list, and ClickHouse's picture of it (`pretty = 1`).

use super::Options;
use super::step::{Step, header_lines};

/// A step and those whose rows it takes.
pub struct Node<'a> {
    /// The step.
    pub step: &'a Step,
    /// Those below it.
    pub children: Vec<Node<'a>>,
}

impl<'a> Node<'a> {
    /// The trees of steps that are listed with their depths, each before those below it.
    pub fn trees(steps: &'a [(usize, Step)], skip: &impl Fn(&Step) -> bool) -> Vec<Node<'a>> {
        let mut nodes = Vec::new();
        let mut rest = steps;
        while let Some(((depth, step), below)) = rest.split_first() {
            let length = below.iter().take_while(|(below, _)| below > depth).count();
            let children = Self::trees(&below[..length], skip);
            rest = &below[length..];
            match skip(step) {
                true => nodes.extend(children),
                false => nodes.push(Node { step, children }),
            }
        }
        nodes
    }

    /// Its lines and those of all below it, each level indented by two blanks.
    pub fn list(&self, depth: usize, options: &Options, out: &mut Vec<String>) {
        let indent = "  ".repeat(depth);
        let lines = self.step.classic(options);
        out.extend(lines.iter().map(|line| format!("{indent}{line}")));
        self.children
            .iter()
            .for_each(|child| child.list(depth + 1, options, out));
    }

    /// Its lines and those of all below it as a picture.
    pub fn draw(&self, options: &Options, out: &mut Vec<String>) {
        out.push(self.title(options));
        self.draw_below("", options, out);
    }

    fn title(&self, options: &Options) -> String {
        let title = self.step.title(options);
        title.replace(" (without OFFSET)", "")
    }

    fn draw_below(&self, prefix: &str, options: &Options, out: &mut Vec<String>) {
        let bar = if self.children.is_empty() { "   " } else { "│  " };
        for line in self.details(options) {
            out.push(format!("{prefix}{bar}{line}"));
        }
        for (at, child) in self.children.iter().enumerate() {
            let (branch, below) = match at + 1 == self.children.len() {
                true => ("└──", "   "),
                false => ("├──", "│  "),
            };
            out.push(format!("{prefix}{branch}{}", child.title(options)));
            child.draw_below(&format!("{prefix}{below}"), options, out);
        }
    }

    fn details(&self, options: &Options) -> Vec<String> {
        let mut lines = Vec::new();
        if options.header {
            lines.extend(header_lines(&self.step.header));
        }
        if options.actions {
            lines.extend(self.step.facts.iter().flat_map(|fact| fact.pretty()));
        }
        lines.extend(self.step.index_lines());
        lines.extend(self.step.own_lines());
        lines
    }
}
