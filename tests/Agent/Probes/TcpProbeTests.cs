using System.Text;
using Probes.Contracts.Checks;
using Probes.Tests.Testing;

namespace Probes.Tests.Agent.Probes;

public sealed class TcpProbeTests
{
    [Test]
    public async Task Connecting_is_enough_when_nothing_is_expected()
    {
        await using var server = new RawServer((_, ct) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct));
        var outcome = await Probing.RunAsync(new TcpSpec { Host = "localhost", Port = server.Port });
        Assert.That(outcome.Verdict(), Is.EqualTo("Passed/None/"), outcome.Message);
        Assert.That(outcome.Phases.Connect, Is.Not.Null);
    }

    [TestCase("PONG", "Passed/None/")]
    [TestCase("PANG", "Failed/Target/unexpected_answer")]
    public async Task What_comes_back_is_searched_for_what_is_expected(string expected, string verdict)
    {
        await using var server = new RawServer(async (stream, ct) =>
        {
            await stream.ReadExactlyAsync(new byte[4], ct);
            await stream.WriteAsync(Encoding.ASCII.GetBytes("+PO"), ct);
            await stream.WriteAsync(Encoding.ASCII.GetBytes("NG\r\n"), ct);
        });
        var spec = new TcpSpec { Host = "127.0.0.1", Port = server.Port, Send = "PING"u8.ToArray(), Expect = Encoding.ASCII.GetBytes(expected) };
        Assert.That((await Probing.RunAsync(spec)).Verdict(), Is.EqualTo(verdict));
    }

    [Test]
    public async Task A_server_that_never_says_it_times_out_waiting()
    {
        await using var server = new RawServer((_, ct) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct));
        var spec = new TcpSpec { Host = "127.0.0.1", Port = server.Port, Expect = "x"u8.ToArray() };
        Assert.That((await Probing.RunAsync(spec, TimeSpan.FromMilliseconds(300))).Verdict(), Is.EqualTo("TimedOut/Target/wait_timeout"));
    }

    [Test]
    public async Task A_closed_port_refuses() =>
        Assert.That((await Probing.RunAsync(new TcpSpec { Host = "127.0.0.1", Port = FreePort.Next() })).Verdict(), Is.EqualTo("Failed/Target/connect_refused"));
}
