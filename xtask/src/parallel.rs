//! Work on all cores.
//!
//! In: jobs, and what to do with each. Out: the results in the order of the jobs. Always: the same results whatever the
//! number of threads.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};

/// As many threads as there are cores to run them.
pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// Works the jobs off in their order, each by the thread that is free first. `start` makes what a thread keeps from one
/// job to the next.
pub fn map<J: Sync, S, T: Send>(
    threads: usize,
    jobs: &[J],
    start: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &J) -> T + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut state = start();
        let mut results = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = jobs.get(index) else { return results };
            results.push((index, work(&mut state, job)));
        }
    };
    let threads = threads.min(jobs.len());
    let mut results = if threads <= 1 {
        worker()
    } else {
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
            let joined = workers.into_iter().map(std::thread::ScopedJoinHandle::join);
            joined.flat_map(|results| results.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
        })
    };
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_the_jobs() {
        let jobs: Vec<usize> = (0..1000).collect();
        for threads in [0, 1, 2, 7] {
            let squares = map(threads, &jobs, || (), |(), job| job * job);
            assert!(squares.iter().enumerate().all(|(index, square)| *square == index * index), "{threads}");
            assert_eq!(squares.len(), 1000);
        }
    }
}
