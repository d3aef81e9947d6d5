using System.Globalization;
using System.Reflection;
using Probes.Orchestrator.Detection;

namespace Probes.Tests.Structure;

public sealed class DetectionPageTests
{
    [Test]
    public void The_page_on_detection_lists_every_setting_with_its_default_and_range()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "detection.md"));
        var defaults = new DetectorOptions();
        foreach (var setting in typeof(DetectorOptions).GetProperties())
        {
            var range = setting.GetCustomAttribute<System.ComponentModel.DataAnnotations.RangeAttribute>()!;
            Assert.That(page, Does.Contain(string.Create(CultureInfo.InvariantCulture,
                $"| `{setting.Name}` | `{setting.GetValue(defaults)}` | {Plain(range.Minimum)} to {Plain(range.Maximum)} |")));
        }
    }

    private static string Plain(object bound) => Convert.ToDouble(bound, CultureInfo.InvariantCulture) is var value && value is > 0 and < 1e-4
        ? value.ToString("0e-0", CultureInfo.InvariantCulture) : value.ToString(CultureInfo.InvariantCulture);
}
