using System.Diagnostics;
using Probes.Tests.Structure;
using YamlDotNet.RepresentationModel;

namespace Probes.Tests.Testing;

/// <summary>The real Helm: the one at PROBES_TEST_HELM, else the provisioned one, else one in the PATH. None found is a failure.</summary>
internal static class Helm
{
    private static readonly string Provisioned = Path.Combine(Repository.Root, "artifacts", "tools", "helm");

    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Find(), arguments) { WorkingDirectory = Repository.Root, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await errors);
    }

    /// <summary>What a chart makes of these values, by kind; fails the test when it is refused.</summary>
    public static async Task<ILookup<string, YamlMappingNode>> TemplateAsync(string chart, params string[] arguments)
    {
        var (code, output, errors) = await RunAsync(["template", "release", $"charts/{chart}", .. arguments]);
        Assert.That(code, Is.Zero, errors);
        var stream = new YamlStream();
        stream.Load(new StringReader(output));
        return stream.Documents.Select(d => d.RootNode).OfType<YamlMappingNode>().ToLookup(d => d.At("kind").ToString());
    }

    /// <summary>The node at a path of keys and numbers; fails the test when there is none.</summary>
    public static YamlNode At(this YamlNode node, string path)
    {
        foreach (var step in path.Split('.'))
        {
            var next = int.TryParse(step, out var index) && node is YamlSequenceNode list ? list.Children.ElementAtOrDefault(index)
                : node is YamlMappingNode map && map.Children.TryGetValue(new YamlScalarNode(step), out var value) ? value : null;
            Assert.That(next, Is.Not.Null, $"{step} of {path}");
            node = next!;
        }

        return node;
    }

    private static string Find()
    {
        var given = Environment.GetEnvironmentVariable("PROBES_TEST_HELM");
        return given is { Length: > 0 } ? given
            : File.Exists(Provisioned) ? Provisioned
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(p => Path.Combine(p, "helm")).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException("no helm: run `dotnet run build.cs provision`, or name one in PROBES_TEST_HELM");
    }
}
