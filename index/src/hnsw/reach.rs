//! Makes a finished graph one: a walk can come from each of its nodes to every other.
//!
//! usearch keeps the best links of each node only, and additions by several threads at once do not see each other: a few
//! nodes end without a link to them, or with no way back to the others, and searches stop there or never come there.
//! Where a link has no way back it gets one in the other direction: its two nodes are near each other.

use super::graph::Saved;

/// A link that is replaced may have been the only way to others: they are linked in another round.
const ROUNDS_MAX: usize = 8;

/// Links the groups of nodes of the base level that have no way to each other.
pub fn connect(saved: &mut Saved) {
    for _ in 0..ROUNDS_MAX {
        let (group, count) = Groups::of(saved);
        if count <= 1 {
            return;
        }
        let mut leading = links_to(saved);
        let mut joined = Joined((0..count).collect());
        // Links are given up only where no list has room.
        for may_replace in [false, true] {
            for from in 0..saved.nodes.len() {
                for place in 0..saved.base_links(from) {
                    let to = saved.base_link(from, place);
                    if to < group.len()
                        && joined.root(group[from]) != joined.root(group[to])
                        && add_link(to, from, may_replace, saved, &mut leading)
                    {
                        joined.join(group[from], group[to]);
                    }
                }
            }
        }
    }
}

/// Links a node to another, in place of a link to a node that others lead to as well if there must be one.
fn add_link(from: usize, to: usize, may_replace: bool, saved: &mut Saved, leading: &mut [u32]) -> bool {
    let count = saved.base_links(from);
    let spare = |place: &usize| {
        leading
            .get(saved.base_link(from, *place))
            .is_some_and(|count| *count > 1)
    };
    let place = match count < saved.m0 {
        true => Some(count),
        false if may_replace => (0..count).rev().find(spare),
        false => None,
    };
    let Some(place) = place else {
        return false;
    };
    if place < count
        && let Some(count) = leading.get_mut(saved.base_link(from, place))
    {
        *count -= 1;
    }
    leading[to] += 1;
    saved.set_base_link(from, place, to);
    true
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

/// Which groups have become one.
struct Joined(Vec<usize>);

impl Joined {
    fn root(&mut self, mut group: usize) -> usize {
        while self.0[group] != group {
            self.0[group] = self.0[self.0[group]];
            group = self.0[group];
        }
        group
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        self.0[one] = other;
    }
}

/// Tarjan's strongly connected components, without recursion.
struct Groups<'a> {
    saved: &'a Saved,
    /// When a node was met, from 1; 0 if it was not.
    met: Vec<u32>,
    /// The first met node that it has a way back to.
    back: Vec<u32>,
    /// Its group, once that is known.
    group: Vec<usize>,
    /// Met nodes whose group is not known.
    open: Vec<usize>,
    count: usize,
    clock: u32,
}

/// No group yet.
const NONE: usize = usize::MAX;

impl<'a> Groups<'a> {
    /// The group of each node, and how many groups there are.
    fn of(saved: &'a Saved) -> (Vec<usize>, usize) {
        let nodes = saved.nodes.len();
        let mut groups = Self {
            saved,
            met: vec![0; nodes],
            back: vec![0; nodes],
            group: vec![NONE; nodes],
            open: Vec::new(),
            count: 0,
            clock: 0,
        };
        for slot in 0..nodes {
            if groups.met[slot] == 0 {
                groups.visit(slot);
            }
        }
        (groups.group, groups.count)
    }

    /// All nodes that have not been met and that a walk from this one comes to.
    fn visit(&mut self, start: usize) {
        self.meet(start);
        let mut path = vec![(start, 0)];
        while let Some((slot, place)) = path.last_mut() {
            let slot = *slot;
            if *place < self.saved.base_links(slot) {
                let linked = self.saved.base_link(slot, *place);
                *place += 1;
                match self.met.get(linked) {
                    Some(0) => {
                        self.meet(linked);
                        path.push((linked, 0));
                    }
                    Some(met) if self.group[linked] == NONE => self.back[slot] = self.back[slot].min(*met),
                    _ => {}
                }
                continue;
            }
            path.pop();
            if let Some((before, _)) = path.last() {
                self.back[*before] = self.back[*before].min(self.back[slot]);
            }
            if self.back[slot] == self.met[slot] {
                self.close(slot);
            }
        }
    }

    fn meet(&mut self, slot: usize) {
        self.clock += 1;
        self.met[slot] = self.clock;
        self.back[slot] = self.clock;
        self.open.push(slot);
    }

    /// The open nodes from this one on are a group.
    fn close(&mut self, first: usize) {
        while let Some(slot) = self.open.pop() {
            self.group[slot] = self.count;
            if slot == first {
                break;
            }
        }
        self.count += 1;
    }
}
