using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Probes.Agent.Spool;

/// <summary>When results are forced from the operating system's memory to the disk. A killed process loses nothing either way.</summary>
public enum FsyncPolicy
{
    /// <summary>At least once per interval; a power cut can lose that much.</summary>
    Interval,

    /// <summary>After every write; costs one disk flush per group of results.</summary>
    Always,

    /// <summary>When the operating system likes.</summary>
    Never,
}

/// <summary>Settings under <c>Spool</c>.</summary>
internal sealed class SpoolOptions
{
    public const string Section = "Spool";

    /// <summary>Folder of the segment files; default <c>spool</c> in the data folder.</summary>
    public string Folder { get; set; } = "";

    /// <summary>Default <see cref="FsyncPolicy.Interval"/>.</summary>
    public FsyncPolicy Fsync { get; set; } = FsyncPolicy.Interval;

    /// <summary>Default 1 s, 100 ms to 1 min; also how often the read position is saved.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan FsyncInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>All segments together, in bytes; default 256 MiB, at least 64 KiB. Over it the oldest segment is dropped.</summary>
    [Range(64L * 1024, 1L << 40)]
    public long MaxBytes { get; set; } = 256L * 1024 * 1024;

    /// <summary>Default 24 h, 1 min to 30 days. Segments older than this are dropped.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Results in a batch; default 100, 1 to 10,000.</summary>
    [Range(1, 10_000)]
    public int BatchCount { get; set; } = 100;

    /// <summary>How long results wait for others to share their batch; default 1 s, 1 ms to 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    public TimeSpan BatchDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Size after which a new segment starts.</summary>
    internal long SegmentBytes => Math.Clamp(MaxBytes / 16, 4 * 1024, 4 * 1024 * 1024);

    /// <summary>Age after which a new segment starts, so that old results can be dropped without young ones.</summary>
    internal TimeSpan SegmentAge => MaxAge / 24;
}

[OptionsValidator]
internal sealed partial class SpoolOptionsValidator : IValidateOptions<SpoolOptions>;
