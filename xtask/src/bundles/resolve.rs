//! Which bundles resolve, and why the others do not.
//!
//! In: the bundles that are installed, and the system bundle. Out: a [`Resolution`]. Always: the largest set in which
//! everything that is asked for is offered, so cycles resolve; each requirement looks at each capability once at most,
//! and all together at a bounded number: what was not looked at counts as satisfied.
//!
//! Left out are `uses` constraints, and with them the choice between several providers: more resolves here than there.
//! A bundle that imports a package which it exports offers its own all the same.
//!
//! Source: OSGi Core Release 7, 3.8 and 3.14; org.eclipse.osgi.container.ModuleResolver and
//! org.apache.felix.resolver.Candidates of Equinox 3.14.0.

use super::bundle::{Bundle, Capability, EXECUTION_ENVIRONMENT, HOST, PACKAGE, Requirement};
use super::system::System;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How many capabilities are compared with requirements at most. The real distribution needs some ten thousand.
const MOST_LOOKS: usize = 5_000_000;

/// Why a bundle does not resolve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Another singleton of its name resolves in its place.
    Singleton(usize),
    /// Another fragment of its name attaches in its place.
    Fragment(usize),
    /// It is a fragment, and its host asks for the same package in a way that nothing satisfies both.
    Conflict {
        /// The host.
        host: usize,
        /// Which of the fragment's requirements.
        requirement: usize,
    },
    /// What it asks for that nobody offers who resolves.
    Requirements(Vec<Unsatisfied>),
}

/// A requirement that is not satisfied. What the bundle itself offers is not among them: it would get that from itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsatisfied {
    /// Which of the bundle's requirements.
    pub requirement: usize,
    /// The bundles that offer what is asked for, and do not resolve themselves.
    pub providers: Vec<usize>,
}

/// The bundles that do not resolve, by their place in the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolution {
    /// Each with its reason.
    pub unresolved: BTreeMap<usize, Reason>,
}

/// A capability: the place of its bundle, the system bundle being the last, and its place there.
pub type Place = (usize, usize);

/// Everything that is offered, by what it is found by.
#[derive(Debug)]
pub struct Offers<'a> {
    bundles: Vec<&'a Bundle>,
    named: BTreeMap<&'a str, BTreeMap<&'a str, Vec<Place>>>,
    all: BTreeMap<&'a str, Vec<Place>>,
}

impl<'a> Offers<'a> {
    /// Of the bundles and the system bundle.
    pub fn of(bundles: &'a [Bundle], system: &'a System) -> Self {
        let bundles: Vec<_> = bundles.iter().chain([&system.bundle]).collect();
        let mut named: BTreeMap<_, BTreeMap<_, Vec<Place>>> = BTreeMap::new();
        let mut all: BTreeMap<_, Vec<Place>> = BTreeMap::new();
        for (at, bundle) in bundles.iter().enumerate() {
            for (place, capability) in bundle.capabilities.iter().enumerate() {
                let namespace = &*capability.namespace;
                all.entry(namespace).or_default().push((at, place));
                for name in capability.names() {
                    named.entry(namespace).or_default().entry(name).or_default().push((at, place));
                }
            }
        }
        Self { bundles, named, all }
    }

    /// Those that may satisfy a requirement as far as their names tell.
    pub fn places(&self, requirement: &Requirement) -> &[Place] {
        let namespace = &*requirement.namespace;
        let found = match &requirement.name {
            Some(name) => self.named.get(namespace).and_then(|names| names.get(&**name)),
            None => self.all.get(namespace),
        };
        found.map(Vec::as_slice).unwrap_or_default()
    }

    /// A capability with its bundle.
    pub fn at(&self, (bundle, capability): Place) -> Option<(&'a Bundle, &'a Capability)> {
        let bundle = self.bundles.get(bundle)?;
        Some((bundle, bundle.capabilities.get(capability)?))
    }

    /// What is offered under the name that a requirement asks for and is nearest to it: the highest version below its
    /// range, else the lowest one.
    pub fn nearest(&self, requirement: &Requirement) -> Option<(&'a Bundle, &'a Capability)> {
        requirement.name.as_ref()?;
        let mut found: Vec<_> = self.places(requirement).iter().filter_map(|place| self.at(*place)).collect();
        found.sort_by(|(a, x), (b, y)| (x.version(), &a.path).cmp(&(y.version(), &b.path)));
        let least = requirement.range().map(|range| &range.least);
        let below = found.iter().rev().find(|(_, capability)| capability.version() < least);
        below.or(found.first()).copied()
    }
}

/// Resolves all that can be.
pub fn resolve(bundles: &[Bundle], system: &System) -> Resolution {
    resolve_with(&Offers::of(bundles, system))
}

/// The same, where it is known what is offered.
pub fn resolve_with(offers: &Offers<'_>) -> Resolution {
    let mut state = State::of(offers);
    state.choose_singletons();
    for bundle in 0..offers.bundles.len() {
        state.look_around(bundle);
    }
    state.settle();
    state.choose_fragments();
    state.settle();
    state.resolution()
}

struct State<'a, 'b> {
    offers: &'b Offers<'a>,
    is_alive: Vec<bool>,
    /// Whether it is a fragment of the system bundle, which is resolved before all others.
    is_extension: Vec<bool>,
    /// The place in the list of its candidates that each requirement has come to.
    progress: Vec<Vec<usize>>,
    /// Who asks each bundle for something at the moment.
    askers: Vec<Vec<Place>>,
    /// Hosts that a fragment does not attach to, since another one does.
    lost: BTreeSet<(usize, usize)>,
    replaced: BTreeMap<usize, Reason>,
    /// The requirement that each bundle failed by.
    failed: BTreeMap<usize, usize>,
    dead: VecDeque<usize>,
    looks: usize,
}

impl<'a, 'b> State<'a, 'b> {
    fn of(offers: &'b Offers<'a>) -> Self {
        let count = offers.bundles.len();
        let system = count.saturating_sub(1);
        let is_extension = |bundle: &&Bundle| {
            bundle
                .requirements
                .iter()
                .filter(|requirement| *requirement.namespace == *HOST)
                .any(|requirement| offers.places(requirement).iter().any(|(host, _)| *host == system))
        };
        Self {
            offers,
            is_alive: vec![true; count],
            is_extension: offers.bundles.iter().map(is_extension).collect(),
            progress: offers.bundles.iter().map(|bundle| vec![0; bundle.requirements.len()]).collect(),
            askers: vec![Vec::new(); count],
            lost: BTreeSet::new(),
            replaced: BTreeMap::new(),
            failed: BTreeMap::new(),
            dead: VecDeque::new(),
            looks: 0,
        }
    }

    fn lives(&self, bundle: usize) -> bool {
        self.is_alive.get(bundle).copied().unwrap_or_default()
    }

    fn bury(&mut self, bundle: usize) {
        if let Some(is_alive) = self.is_alive.get_mut(bundle).filter(|is_alive| **is_alive) {
            *is_alive = false;
            self.dead.push_back(bundle);
        }
    }

    /// Of several singletons with one name the one with the highest version stays.
    fn choose_singletons(&mut self) {
        let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, bundle) in self.offers.bundles.iter().enumerate().filter(|(_, bundle)| bundle.is_singleton) {
            by_name.entry(&bundle.name).or_default().push(at);
        }
        for same in by_name.into_values() {
            let Some(chosen) = self.highest(&same) else { continue };
            for other in same.into_iter().filter(|other| *other != chosen) {
                self.replaced.insert(other, Reason::Singleton(chosen));
                self.bury(other);
            }
        }
    }

    /// The first with the highest version; the system bundle is there before all others.
    fn highest(&self, bundles: &[usize]) -> Option<usize> {
        let system = self.offers.bundles.len().saturating_sub(1);
        if bundles.contains(&system) {
            return Some(system);
        }
        let version = |at: &usize| self.offers.bundles.get(*at).map(|bundle| &bundle.version);
        bundles.iter().copied().reduce(|best, at| if version(&at) > version(&best) { at } else { best })
    }

    /// Finds somebody for each requirement of a bundle.
    fn look_around(&mut self, bundle: usize) {
        let count = self.progress.get(bundle).map_or(0, Vec::len);
        for requirement in 0..count {
            if self.lives(bundle) && !self.find((bundle, requirement)) {
                self.failed.insert(bundle, requirement);
                self.bury(bundle);
            }
        }
    }

    /// Goes on through the candidates of a requirement to the next that lives.
    fn find(&mut self, asker: Place) -> bool {
        let Some(requirement) = requirement(self.offers, asker) else { return true };
        let places = self.offers.places(requirement);
        let Some(mut at) = self.progress.get(asker.0).and_then(|all| all.get(asker.1)).copied() else { return true };
        let found = loop {
            let Some(place) = places.get(at) else { break None };
            self.looks += 1;
            if self.looks > MOST_LOOKS {
                return true;
            }
            if self.lives(place.0) && self.serves(asker.0, requirement, *place) {
                break Some(place.0);
            }
            at += 1;
        };
        if let Some(progress) = self.progress.get_mut(asker.0).and_then(|all| all.get_mut(asker.1)) {
            *progress = at;
        }
        if let Some(askers) = found.and_then(|provider| self.askers.get_mut(provider)) {
            askers.push(asker);
        }
        found.is_some()
    }

    /// Whether a capability serves a requirement of a bundle.
    fn serves(&self, asker: usize, requirement: &Requirement, place: Place) -> bool {
        let is_extension = |bundle: usize| self.is_extension.get(bundle).copied().unwrap_or_default();
        let system = self.offers.bundles.len().saturating_sub(1);
        let is_from_anywhere = matches!(&*requirement.namespace, HOST | EXECUTION_ENVIRONMENT);
        if is_extension(asker) && !is_from_anywhere && place.0 != system && !is_extension(place.0) {
            return false;
        }
        if *requirement.namespace == *HOST && self.lost.contains(&(asker, place.0)) {
            return false;
        }
        self.offers.at(place).is_some_and(|(_, capability)| requirement.matches(capability))
    }

    /// Buries whoever asked the dead for something that nobody else offers.
    fn settle(&mut self) {
        while let Some(bundle) = self.dead.pop_front() {
            let askers = self.askers.get_mut(bundle).map(std::mem::take).unwrap_or_default();
            for asker in askers {
                let asks_still = requirement(self.offers, asker).is_some_and(|requirement| {
                    let at = self.progress.get(asker.0).and_then(|all| all.get(asker.1)).copied().unwrap_or_default();
                    self.offers.places(requirement).get(at).is_some_and(|place| place.0 == bundle)
                });
                if asks_still && self.lives(asker.0) && !self.find(asker) {
                    self.failed.insert(asker.0, asker.1);
                    self.bury(asker.0);
                }
            }
        }
    }

    /// Of several fragments with one name the one with the highest version attaches to a host.
    fn choose_fragments(&mut self) {
        let mut rivals: BTreeMap<(usize, &str), Vec<usize>> = BTreeMap::new();
        for (at, bundle) in self.offers.bundles.iter().enumerate().filter(|(at, _)| self.lives(*at)) {
            for requirement in bundle.requirements.iter().filter(|requirement| *requirement.namespace == *HOST) {
                let places = self.offers.places(requirement).iter();
                for place in places.filter(|place| self.lives(place.0) && self.serves(at, requirement, **place)) {
                    rivals.entry((place.0, &bundle.name)).or_default().push(at);
                }
            }
        }
        for ((host, _), same) in rivals {
            let Some(chosen) = self.highest(&same) else { continue };
            for other in same.into_iter().filter(|other| *other != chosen) {
                self.lost.insert((other, host));
                self.replaced.insert(other, Reason::Fragment(chosen));
            }
        }
        self.refuse_conflicts();
        for fragment in self.lost.iter().map(|(fragment, _)| *fragment).collect::<BTreeSet<_>>() {
            self.progress.get_mut(fragment).into_iter().for_each(|all| all.fill(0));
            self.look_around(fragment);
            if self.lives(fragment) {
                self.replaced.remove(&fragment);
            }
        }
    }

    /// A fragment that imports a package otherwise than its host does not attach.
    fn refuse_conflicts(&mut self) {
        let mut refused = Vec::new();
        for (at, bundle) in self.offers.bundles.iter().enumerate().filter(|(at, _)| self.lives(*at)) {
            for asked in bundle.requirements.iter().filter(|requirement| *requirement.namespace == *HOST) {
                let places = self.offers.places(asked).iter();
                for (host, _) in places.filter(|place| self.lives(place.0) && self.serves(at, asked, **place)) {
                    if let Some(requirement) = self.conflict(at, *host) {
                        refused.push((at, Reason::Conflict { host: *host, requirement }));
                    }
                }
            }
        }
        for (fragment, reason) in refused {
            if let Reason::Conflict { host, .. } = reason {
                self.lost.insert((fragment, host));
            }
            self.replaced.entry(fragment).or_insert(reason);
        }
    }

    /// The first import of a fragment that no capability satisfies along with the host's.
    fn conflict(&self, fragment: usize, host: usize) -> Option<usize> {
        let host = self.offers.bundles.get(host)?;
        let imports: BTreeMap<_, _> = packages(host).map(|(_, import)| (&import.name, import)).collect();
        packages(self.offers.bundles.get(fragment)?).find_map(|(at, import)| {
            let other = imports.get(&import.name)?;
            let mut places = self.offers.places(import).iter().filter(|place| self.lives(place.0));
            let is_satisfied = places.any(|place| {
                self.serves(fragment, import, *place)
                    && self.offers.at(*place).is_some_and(|(_, capability)| other.matches(capability))
            });
            (!is_satisfied).then_some(at)
        })
    }

    fn resolution(mut self) -> Resolution {
        let dead: Vec<usize> = (0..self.offers.bundles.len()).filter(|at| !self.lives(*at)).collect();
        self.looks = 0;
        let mut unresolved = BTreeMap::new();
        for at in dead {
            let reason = match self.replaced.get(&at) {
                Some(reason) => reason.clone(),
                None => Reason::Requirements(self.unsatisfied(at)),
            };
            unresolved.insert(at, reason);
        }
        Resolution { unresolved }
    }

    /// What a bundle asks for in vain. That by which it failed is there in any case, the others as long as there was
    /// not too much to look at.
    fn unsatisfied(&mut self, at: usize) -> Vec<Unsatisfied> {
        let Some(bundle) = self.offers.bundles.get(at) else { return Vec::new() };
        let failed = self.failed.get(&at).copied();
        let mut found = Vec::new();
        for (requirement, asked) in bundle.requirements.iter().enumerate() {
            if self.looks > MOST_LOOKS && failed != Some(requirement) {
                continue;
            }
            let places = self.offers.places(asked);
            self.looks += places.len();
            let places = places.iter().filter(|place| self.serves(at, asked, **place));
            let providers: BTreeSet<usize> = places.map(|place| place.0).collect();
            if !providers.iter().any(|provider| *provider == at || self.lives(*provider)) {
                found.push(Unsatisfied { requirement, providers: providers.into_iter().collect() });
            }
        }
        found
    }
}

fn packages(bundle: &Bundle) -> impl Iterator<Item = (usize, &Requirement)> {
    bundle.requirements.iter().enumerate().filter(|(_, requirement)| *requirement.namespace == *PACKAGE)
}

fn requirement<'a>(offers: &Offers<'a>, (bundle, requirement): Place) -> Option<&'a Requirement> {
    offers.bundles.get(bundle)?.requirements.get(requirement)
}
