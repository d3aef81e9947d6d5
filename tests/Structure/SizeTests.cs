namespace Probes.Tests.Structure;

public sealed class SizeTests
{
    private static readonly string[] Product = ["contracts", "agent", "orchestrator"];

    [Test]
    public void No_source_file_is_over_400_lines() =>
        Assert.That(Sizes(".cs", ".css", ".js").Where(f => f.Lines > 400), Is.Empty);

    [Test]
    public void Ninety_five_percent_of_files_are_under_200_lines()
    {
        var sizes = Sizes(".cs").Select(f => f.Lines).Order().ToList();
        Assert.That(sizes[(int)(sizes.Count * 0.95)], Is.LessThanOrEqualTo(200));
    }

    [Test]
    public void Pages_are_under_200_lines() =>
        Assert.That(Sizes(".razor").Where(f => f.Lines > 200), Is.Empty);

    private static List<(string File, int Lines)> Sizes(params string[] endings) =>
        [.. Product.SelectMany(p => Repository.Files(p, endings)).Select(f => (Repository.Relative(f), File.ReadLines(f).Count()))];
}
