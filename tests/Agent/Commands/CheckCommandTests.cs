using System.Text.Json;
using System.Xml.Linq;
using Probes.Agent.Commands;
using Probes.Agent.Probes;
using Probes.Contracts.Checks;
using Probes.Contracts.Results;
using Probes.Tests.Testing;

namespace Probes.Tests.Agent.Commands;

public sealed class CheckCommandTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("check-").FullName;

    [OneTimeTearDown]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task Exits_with_0_when_all_pass_and_1_when_one_fails()
    {
        await using var server = RawServer.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        var good = Write("good.yaml", Document("good", server.Url));
        var bad = Write("bad.yaml", Document("bad", $"http://127.0.0.1:{FreePort.Next()}/"));
        Assert.That(await RunAsync("-f", good), Is.Zero);
        Assert.That(await RunAsync("-f", good, "-f", bad), Is.EqualTo(1));
    }

    [TestCase("kind: Check\n")]
    [TestCase("")]
    public async Task Exits_with_2_on_bad_input(string text) => Assert.That(await RunAsync("-f", Write("odd.yaml", text)), Is.EqualTo(2));

    [Test]
    public async Task Exits_with_2_when_there_is_no_such_file() => Assert.That(await RunAsync("-f", Path.Combine(_folder, "none.yaml")), Is.EqualTo(2));

    [Test]
    public async Task Obeys_a_policy_that_it_is_given()
    {
        await using var server = RawServer.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        var check = Write("obeys.yaml", Document("obeys", server.Url));
        var policy = Write("policy.yaml", "apiVersion: probes/v1\nkind: AgentPolicy\nspec: {kinds: {deny: [http]}}\n");
        Assert.That((await RunAsync("-f", check, "--policy", policy), server.Connections), Is.EqualTo((1, 0)));
        Assert.That(await RunAsync("-f", check, "--policy", check), Is.EqualTo(2));
    }

    [Test]
    public async Task Writes_valid_JUnit_XML_whatever_a_target_says()
    {
        await using var server = RawServer.Answering("HTTP/1.1 200 OK\r\nX-Odd: <&\"\x01\x0B]]>\r\nContent-Length: 0\r\n\r\n");
        var file = Write("odd.yaml", Document("odd", server.Url) + "  assertions:\n    - header: {name: X-Odd, equals: fine}\n");
        var junit = Path.Combine(_folder, "junit.xml");
        Assert.That(await RunAsync("-f", file, "--junit", junit), Is.EqualTo(1));
        var suite = XDocument.Load(junit).Descendants("testsuite").Single();
        Assert.That((suite.Attribute("tests")!.Value, suite.Attribute("failures")!.Value), Is.EqualTo(("1", "1")));
        Assert.That(suite.Descendants("failure").Single().Attribute("message")!.Value, Does.Contain("assertion_failed").And.Contain("<&\""));
    }

    [TestCase("", 1, 1)]
    [TestCase("  retry: {after: 0s}\n", 0, 2)]
    public async Task A_failed_run_is_made_again_when_the_check_says_so(string retry, int exit, int connections)
    {
        var seen = 0;
        await using var target = new RawServer(async (stream, ct) =>
        {
            await RawServer.ReadHeadAsync(stream, ct);
            var status = Interlocked.Increment(ref seen) == 1 ? "503 Unavailable" : "200 OK";
            await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n"), ct);
        });
        var file = Write("retry.yaml", Document("a", $"http://127.0.0.1:{target.Port}/") + retry);
        Assert.That((await RunAsync("-f", file), seen), Is.EqualTo((exit, connections)));
    }

    [Test]
    public void Tells_outcomes_as_JSON()
    {
        var check = new Check { Name = "a", Probe = new TcpSpec { Host = "a.test", Port = 1 } };
        var outcome = new ProbeOutcome
        {
            Status = RunStatus.TimedOut,
            Source = FailureSource.Network,
            Reason = "connect_timeout",
            Phases = new PhaseTimes(null, TimeSpan.FromMilliseconds(1.5), null, null, null, null),
            Assertions = [new AssertionOutcome("x", false, "\"y\"")],
        };
        using var output = new MemoryStream();
        JsonReport.Write([new CheckedOutcome(check, outcome, 2)], output);
        using var json = JsonDocument.Parse(output.ToArray());
        var told = json.RootElement[0];
        Assert.That((told.GetProperty("status").GetString(), told.GetProperty("source").GetString()), Is.EqualTo(("timedOut", "network")));
        Assert.That(told.GetProperty("attempts").GetInt32(), Is.EqualTo(2));
        Assert.That(told.GetProperty("phasesMs").GetRawText().ReplaceLineEndings("").Replace(" ", "", StringComparison.Ordinal), Is.EqualTo("""{"connect":1.5}"""));
        Assert.That(told.GetProperty("assertions")[0].GetProperty("actual").GetString(), Is.EqualTo("\"y\""));
    }

    private static string Document(string name, string url) =>
        $"apiVersion: probes/v1\nkind: Check\nmetadata:\n  name: {name}\nspec:\n  timeout: 2s\n  http:\n    url: {url}\n";

    private static Task<int> RunAsync(params string[] args) => CheckCommand.Create().Parse(args).InvokeAsync();

    private string Write(string name, string text)
    {
        var file = Path.Combine(_folder, name);
        File.WriteAllText(file, text);
        return file;
    }
}
