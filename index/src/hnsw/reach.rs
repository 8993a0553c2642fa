//! Makes every node of a finished graph reachable.
//!
//! usearch keeps the best links of each node only, and additions by several threads at once do not see each other: a few
//! nodes end without a link to them, and no search would ever find them. Each of these gets a link from one of the nodes
//! that it links to itself, which are near it.

use super::graph::Saved;

/// A link that is replaced may have been the only way to others, and some can be linked only after others: they are, in
/// another round.
const ROUNDS_MAX: usize = 16;

/// Links the nodes of the base level that nothing leads to.
pub fn connect(saved: &mut Saved) {
    if saved.entry_slot >= saved.nodes.len() {
        return;
    }
    for _ in 0..ROUNDS_MAX {
        let mut reached = Reached::new(saved);
        if reached.count == saved.nodes.len() {
            return;
        }
        let mut leading = links_to(saved);
        for slot in 0..saved.nodes.len() {
            if !reached.is[slot] && link_to(slot, saved, &reached, &mut leading) {
                reached.from(slot, saved);
            }
        }
    }
}

/// The nodes that a walk on the base level can come to.
struct Reached {
    is: Vec<bool>,
    count: usize,
}

impl Reached {
    fn new(saved: &Saved) -> Self {
        let mut reached = Self {
            is: vec![false; saved.nodes.len()],
            count: 0,
        };
        reached.from(saved.entry_slot, saved);
        reached
    }

    /// Adds a node, and what it leads to.
    fn from(&mut self, slot: usize, saved: &Saved) {
        let mut pending = vec![slot];
        while let Some(slot) = pending.pop() {
            if std::mem::replace(&mut self.is[slot], true) {
                continue;
            }
            self.count += 1;
            let linked = saved.links(&saved.nodes[slot], 0);
            pending.extend(linked.filter(|linked| self.is.get(*linked) == Some(&false)));
        }
    }
}

/// How many links lead to each node.
fn links_to(saved: &Saved) -> Vec<u32> {
    let mut leading = vec![0; saved.nodes.len()];
    for node in &saved.nodes {
        for linked in saved.links(node, 0) {
            if let Some(count) = leading.get_mut(linked) {
                *count += 1;
            }
        }
    }
    leading
}

/// Links a node that is reached to this one: one with room for a link, otherwise one whose last link is to a node that
/// others lead to as well.
fn link_to(slot: usize, saved: &mut Saved, reached: &Reached, leading: &mut [u32]) -> bool {
    let near: Vec<usize> = saved.links(&saved.nodes[slot], 0).collect();
    let near = near.into_iter().filter(|near| reached.is.get(*near) == Some(&true));
    let near: Vec<usize> = near.collect();
    let roomy = near
        .iter()
        .find(|near| saved.links(&saved.nodes[**near], 0).count() < saved.m0);
    let place = match roomy {
        Some(near) => Some((*near, saved.links(&saved.nodes[*near], 0).count())),
        None => near.iter().find_map(|near| {
            let links = saved.links(&saved.nodes[*near], 0).enumerate();
            let spare = links.filter(|(_, linked)| leading.get(*linked).is_some_and(|count| *count > 1));
            spare.last().map(|(place, _)| (*near, place))
        }),
    };
    let Some((near, place)) = place else {
        return false;
    };
    let old = saved.links(&saved.nodes[near], 0).nth(place);
    if let Some(count) = old.and_then(|old| leading.get_mut(old)) {
        *count -= 1;
    }
    leading[slot] += 1;
    saved.set_base_link(near, place, slot);
    true
}
