using System.Net;
using System.Net.NetworkInformation;
using Microsoft.Extensions.Time.Testing;
using Probes.Agent.Policy;
using Probes.Contracts.Checks;
using Probes.Tests.Testing;

namespace Probes.Tests.Agent.Policy;

public sealed class OwnAddressesTests
{
    [Test]
    public void No_address_of_this_machine_is_probed_from_a_private_location()
    {
        var guard = new TargetGuard(new GuardOptions { AllowCidrs = [Cidr.Of("0.0.0.0/0"), Cidr.Of("::/0")] }, new OwnAddresses(TimeProvider.System));
        guard.Locate(LocationType.Private);
        var own = NetworkInterface.GetAllNetworkInterfaces().SelectMany(n => n.GetIPProperties().UnicastAddresses).Select(a => a.Address).Where(a => !IPAddress.IsLoopback(a));
        Assert.That(own.Select(a => guard.OfAddress("", a)?.Message ?? a.ToString()), Is.All.Contains("own address"));
    }

    [Test]
    public async Task An_address_that_comes_later_is_seen()
    {
        var time = new FakeTimeProvider();
        List<IPAddress> held = [IPAddress.Parse("10.0.0.1"), IPAddress.Loopback];
        var own = new OwnAddresses(time, () => [.. held]);
        Assert.That((own.Contains(Bits("10.0.0.1")), own.Contains(Bits("127.0.0.1")), own.Contains(Bits("10.0.0.2"))), Is.EqualTo((true, false, false)));
        held.Add(IPAddress.Parse("10.0.0.2"));
        Assert.That(own.Contains(Bits("10.0.0.2")), Is.False, "not looked at each time");
        time.Advance(TimeSpan.FromSeconds(11));
        await Poll.UntilAsync(() => Task.FromResult(own.Contains(Bits("10.0.0.2"))), TimeSpan.FromSeconds(5), "it is seen");
    }

    private static UInt128 Bits(string address) => AddressBits.Of(IPAddress.Parse(address));
}
