using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Probes.Orchestrator.Store;

/// <summary>Section <c>Store</c>.</summary>
internal sealed class StoreOptions
{
    public const string Section = "Store";

    /// <summary>
    /// Empty (default): SQLite in <c>probes.db</c> of the data folder. <c>Data Source=FILE</c>: that SQLite file.
    /// <c>Host=...;Database=...</c> or <c>postgres://user:password@host/database</c>: PostgreSQL 13 or later.
    /// </summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>Days that single results are kept: 1 to 3650, default 14.</summary>
    [Range(1, 3650, ErrorMessage = "Store:ResultRetentionDays must be 1 to 3650 (days).")]
    public int ResultRetentionDays { get; set; } = 14;

    /// <summary>The setting of versions before 0.3; it stands for those of the tiers that are not set themselves.</summary>
    [Range(1, 3650, ErrorMessage = "Store:RollupRetentionDays must be 1 to 3650 (days).")]
    public int? RollupRetentionDays { get; set; }

    /// <summary>Days that minute rollups are kept: 1 to 3650, default 30.</summary>
    [Range(1, 3650, ErrorMessage = "Store:MinuteRollupDays must be 1 to 3650 (days).")]
    public int? MinuteRollupDays { get; set; }

    /// <summary>Days that hour rollups are kept: 1 to 3650, at least as long as minutes; default 400.</summary>
    [Range(1, 3650, ErrorMessage = "Store:HourRollupDays must be 1 to 3650 (days).")]
    public int? HourRollupDays { get; set; }

    /// <summary>Days that day rollups are kept: 1 to 3650, at least as long as hours; default 1830.</summary>
    [Range(1, 3650, ErrorMessage = "Store:DayRollupDays must be 1 to 3650 (days).")]
    public int? DayRollupDays { get; set; }

    internal int MinuteDays => MinuteRollupDays ?? RollupRetentionDays ?? 30;

    internal int HourDays => HourRollupDays ?? Math.Max(RollupRetentionDays ?? 400, MinuteDays);

    internal int DayDays => DayRollupDays ?? Math.Max(RollupRetentionDays ?? 1830, HourDays);

    /// <summary>The data folder (key <c>Data</c> of the root); filled in from there.</summary>
    public string DataFolder { get; set; } = "data";
}

[OptionsValidator]
internal sealed partial class StoreOptionsValidator : IValidateOptions<StoreOptions>;

/// <summary>The connection string must be one an engine understands, and the coarser tiers outlive the finer.</summary>
internal sealed class StoreTargetValidator : IValidateOptions<StoreOptions>
{
    public ValidateOptionsResult Validate(string? name, StoreOptions options)
    {
        try
        {
            StoreTarget.From(options);
            return options.MinuteDays > options.HourDays ? Shorter("HourRollupDays", options.HourDays, "MinuteRollupDays", options.MinuteDays)
                : options.HourDays > options.DayDays ? Shorter("DayRollupDays", options.DayDays, "HourRollupDays", options.HourDays)
                : ValidateOptionsResult.Success;
        }
        catch (FormatException e)
        {
            return ValidateOptionsResult.Fail(e.Message);
        }
    }

    private static ValidateOptionsResult Shorter(string coarse, int days, string fine, int most) =>
        ValidateOptionsResult.Fail($"Store:{coarse} is {days} (days): coarser rollups must be kept at least as long as finer ones, and Store:{fine} is {most}.");
}
