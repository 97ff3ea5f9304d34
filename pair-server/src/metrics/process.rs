//! What the operating system says of this process, under the names that every Prometheus client uses. Read when somebody asks; on systems
//! without `/proc` there is nothing to read. Knows nothing of the server.

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{counter::ConstCounter, gauge::ConstGauge},
};
use std::fs;

/// Reads the process's figures at each scrape.
#[derive(Debug)]
pub(super) struct Process;

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let Some(stat) = Stat::read() else { return Ok(()) };
        let cpu = ConstCounter::new(stat.cpu_seconds);
        let name = encoder.encode_descriptor(
            "process_cpu_seconds",
            "CPU time used, user and system",
            None,
            cpu.metric_type(),
        )?;
        cpu.encode(name)?;
        let mut gauge = |name, help, value: f64| {
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)
        };
        gauge("process_resident_memory_bytes", "Memory that is in RAM", stat.resident_bytes)?;
        gauge("process_virtual_memory_bytes", "Address space in use", stat.virtual_bytes)?;
        gauge("process_threads", "Threads", stat.threads)?;
        if let Some(start) = stat.start_seconds {
            gauge("process_start_time_seconds", "When the process began, in seconds since 1970", start)?;
        }
        if let Some(open) = open_files() {
            gauge("process_open_fds", "Open file descriptors", open)?;
        }
        if let Some(most) = rustix::process::getrlimit(rustix::process::Resource::Nofile).current {
            gauge("process_max_fds", "File descriptors that it may open", float(most))?;
        }
        Ok(())
    }
}

struct Stat {
    cpu_seconds: f64,
    resident_bytes: f64,
    virtual_bytes: f64,
    threads: f64,
    start_seconds: Option<f64>,
}

impl Stat {
    /// Reads `/proc/self/stat`: see `proc_pid_stat(5)`, whose fields are counted from 1; the third is the first one here.
    fn read() -> Option<Self> {
        let stat = fs::read_to_string("/proc/self/stat").ok()?;
        let fields: Vec<_> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let number = |field: usize| fields.get(field - 3)?.parse::<f64>().ok();
        let ticks = float(rustix::param::clock_ticks_per_second());
        let page = rustix::param::page_size();
        Some(Self {
            cpu_seconds: (number(14)? + number(15)?) / ticks,
            resident_bytes: number(24)? * float(u64::try_from(page).ok()?),
            virtual_bytes: number(23)?,
            threads: number(20)?,
            start_seconds: boot_seconds().zip(number(22)).map(|(boot, ticked)| boot + ticked / ticks),
        })
    }
}

/// When the machine was started, in seconds since 1970.
fn boot_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}

fn open_files() -> Option<f64> {
    let count = fs::read_dir("/proc/self/fd").ok()?.count();
    // One of them is the folder that is being read.
    Some(float(u64::try_from(count).ok()?.saturating_sub(1)))
}

#[allow(clippy::cast_precision_loss, reason = "figures for people")]
fn float(number: u64) -> f64 {
    number as f64
}
