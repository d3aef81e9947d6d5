using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Probes.Contracts.Documents;

namespace Probes.Orchestrator.Detection.Backtest;

/// <summary>
/// The thresholds of <see cref="DetectorOptions"/> by the names that rules, the API and the page give them. Which there are, their ranges and their defaults are read off the options
/// themselves. How often live detection looks is no threshold: a replay looks once a minute.
/// </summary>
internal static class DetectorSettings
{
    private static readonly IReadOnlyList<(PropertyInfo Property, RuleSetting Setting)> Known =
    [
        .. typeof(DetectorOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.CanWrite && p.Name != nameof(DetectorOptions.EverySeconds)).Select(p => (p, Describe(p))),
    ];

    public static IReadOnlyList<RuleSetting> All { get; } = [.. Known.Select(k => k.Setting)];

    /// <summary>Values by name; flags are 0 or 1.</summary>
    public static IReadOnlyDictionary<string, double> Of(DetectorOptions options) =>
        Known.ToDictionary(k => k.Setting.Name, k => Convert.ToDouble(k.Property.GetValue(options), CultureInfo.InvariantCulture), StringComparer.Ordinal);

    /// <summary>A copy with other values of some settings, which must be known and in range.</summary>
    public static DetectorOptions With(DetectorOptions basis, IReadOnlyDictionary<string, double> changes)
    {
        var copy = new DetectorOptions { EverySeconds = basis.EverySeconds };
        foreach (var (property, setting) in Known)
        {
            property.SetValue(copy, changes.TryGetValue(setting.Name, out var value)
                ? Convert.ChangeType(value, property.PropertyType, CultureInfo.InvariantCulture) : property.GetValue(basis));
        }

        return copy;
    }

    /// <summary>What a setting may be, in words.</summary>
    public static string Allowed(RuleSetting setting) => setting.Form switch
    {
        RuleSettingForm.Flag => "true or false",
        RuleSettingForm.Whole => string.Create(CultureInfo.InvariantCulture, $"a whole number from {setting.Least} to {setting.Most}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"a number from {setting.Least} to {setting.Most}"),
    };

    private static RuleSetting Describe(PropertyInfo property)
    {
        var name = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
        if (property.PropertyType == typeof(bool))
        {
            return new RuleSetting(name, 0, 1, RuleSettingForm.Flag);
        }

        var range = property.GetCustomAttribute<RangeAttribute>() ?? throw new InvalidOperationException($"DetectorOptions.{property.Name} has no range");
        return new RuleSetting(name, Convert.ToDouble(range.Minimum, CultureInfo.InvariantCulture), Convert.ToDouble(range.Maximum, CultureInfo.InvariantCulture),
            property.PropertyType == typeof(int) ? RuleSettingForm.Whole : RuleSettingForm.Number);
    }
}
