using System.Net;
using System.Net.Sockets;
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
    public async Task Endless_bytes_are_searched_to_a_bound()
    {
        await using var server = new RawServer(async (stream, ct) =>
        {
            var block = new byte[64 * 1024];
            while (true)
            {
                await stream.WriteAsync(block, ct);
            }
        });
        var spec = new TcpSpec { Host = "127.0.0.1", Port = server.Port, Expect = "x"u8.ToArray() };
        Assert.That((await Probing.RunAsync(spec)).Verdict(), Is.EqualTo("Failed/Target/unexpected_answer"));
    }

    [Test]
    public async Task A_connection_that_nobody_takes_times_out_on_the_way()
    {
        // A listener whose queue is full leaves further handshakes unanswered, as a firewall that drops does.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        var endpoint = (IPEndPoint)listener.LocalEndPoint!;
        var waiting = Enumerable.Range(0, 8).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)).ToList();
        waiting.ForEach(s => _ = s.ConnectAsync(endpoint).ContinueWith(t => t.Exception, TaskScheduler.Default));
        try
        {
            var outcome = await Probing.RunAsync(new TcpSpec { Host = "127.0.0.1", Port = endpoint.Port }, TimeSpan.FromMilliseconds(500));
            Assert.That(outcome.Verdict(), Is.EqualTo("TimedOut/Network/connect_timeout"), outcome.Message);
            Assert.That(outcome.Phases.Connect, Is.GreaterThan(TimeSpan.FromMilliseconds(400)));
        }
        finally
        {
            waiting.ForEach(s => s.Dispose());
        }
    }

    [Test]
    public async Task A_reset_is_the_targets()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = Task.Run(async () =>
        {
            using var socket = await listener.AcceptSocketAsync();
            await socket.ReceiveAsync(new byte[4]);
            socket.LingerState = new LingerOption(true, 0);
        });
        var spec = new TcpSpec { Host = "127.0.0.1", Port = ((IPEndPoint)listener.LocalEndpoint).Port, Send = "PING"u8.ToArray(), Expect = "x"u8.ToArray() };
        Assert.That((await Probing.RunAsync(spec)).Verdict(), Is.EqualTo("Failed/Target/connection_reset"));
        await serving;
    }

    [Test]
    public async Task A_closed_port_refuses() =>
        Assert.That((await Probing.RunAsync(new TcpSpec { Host = "127.0.0.1", Port = FreePort.Next() })).Verdict(), Is.EqualTo("Failed/Target/connect_refused"));
}
