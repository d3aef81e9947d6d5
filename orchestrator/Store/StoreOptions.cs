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

    /// <summary>Days that minute rollups are kept: 1 to 3650, default 400.</summary>
    [Range(1, 3650, ErrorMessage = "Store:RollupRetentionDays must be 1 to 3650 (days).")]
    public int RollupRetentionDays { get; set; } = 400;

    /// <summary>The data folder (key <c>Data</c> of the root); filled in from there.</summary>
    public string DataFolder { get; set; } = "data";
}

[OptionsValidator]
internal sealed partial class StoreOptionsValidator : IValidateOptions<StoreOptions>;

/// <summary>The connection string must be one an engine understands.</summary>
internal sealed class StoreTargetValidator : IValidateOptions<StoreOptions>
{
    public ValidateOptionsResult Validate(string? name, StoreOptions options)
    {
        try
        {
            StoreTarget.From(options);
            return ValidateOptionsResult.Success;
        }
        catch (FormatException e)
        {
            return ValidateOptionsResult.Fail(e.Message);
        }
    }
}
