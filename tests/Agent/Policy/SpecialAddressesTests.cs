using System.Globalization;
using System.Net;
using System.Net.Sockets;
using CsCheck;
using Probes.Agent.Policy;

namespace Probes.Tests.Agent.Policy;

public sealed class SpecialAddressesTests
{
    /// <summary>
    /// The IANA special-purpose address registries, IPv4 (2025) and IPv6 (2025), block and whether the registry calls it globally reachable. Null: it
    /// depends on what is within. Of 6to4 and Teredo the registry does not say.
    /// </summary>
    private static readonly (string Block, bool? Global)[] Registry =
    [
        ("0.0.0.0/8", false), ("0.0.0.0/32", false), ("10.0.0.0/8", false), ("100.64.0.0/10", false), ("127.0.0.0/8", false), ("169.254.0.0/16", false),
        ("172.16.0.0/12", false), ("192.0.0.0/24", false), ("192.0.0.0/29", false), ("192.0.0.8/32", false), ("192.0.0.170/32", false), ("192.0.0.171/32", false),
        ("192.0.2.0/24", false), ("192.31.196.0/24", true), ("192.52.193.0/24", true), ("192.88.99.0/24", false), ("192.168.0.0/16", false),
        ("192.175.48.0/24", true), ("198.18.0.0/15", false), ("198.51.100.0/24", false), ("203.0.113.0/24", false), ("240.0.0.0/4", false),
        ("255.255.255.255/32", false),
        ("::1/128", false), ("::/128", false), ("64:ff9b::/96", null), ("64:ff9b:1::/48", false), ("100::/64", false), ("100:0:0:1::/64", false),
        ("2001::/32", false), ("2001:2::/48", false), ("2001:3::/32", true), ("2001:4:112::/48", true), ("2001:10::/28", false),
        ("2001:20::/28", true), ("2001:30::/28", true), ("2001:db8::/32", false), ("2002::/16", false), ("2620:4f:8000::/48", true), ("3fff::/20", false),
        ("5f00::/16", false), ("fc00::/7", false), ("fe80::/10", false),

        // Not in these registries, and not to be probed either.
        ("224.0.0.0/4", false), ("ff00::/8", false), ("fec0::/10", false), ("::/96", false), ("4000::/2", false), ("8000::/1", false),

        // Reachable, says the registry, but by anycast of the nearest box on the way.
        ("192.0.0.9/32", false), ("192.0.0.10/32", false), ("2001:1::1/128", false), ("2001:1::2/128", false), ("2001:1::3/128", false),
    ];

    private static readonly Cidr[] IPv4Registry = [.. Registry.Select(r => Cidr.Of(r.Block)).Where(c => c.ToString().Contains('.', StringComparison.Ordinal))];

    private static IEnumerable<TestCaseData> Blocks() => Registry.Where(r => r.Global is not null).Select(r => new TestCaseData(r.Block, r.Global!.Value));

    [TestCaseSource(nameof(Blocks))]
    public void Each_address_of_a_registered_block_is_judged_as_the_registry_says(string block, bool global)
    {
        var (first, length) = (IPAddress.Parse(block.Split('/')[0]), int.Parse(block.Split('/')[1], CultureInfo.InvariantCulture));
        length += first.AddressFamily == AddressFamily.InterNetwork ? 96 : 0;
        var host = length == 128 ? UInt128.Zero : UInt128.MaxValue >> length;
        Gen.Select(Gen.ULong, Gen.ULong).Sample(
            (high, low) => SpecialAddresses.Find(AddressBits.Of(first) | (new UInt128(high, low) & host)) is null == global, iter: 200);
        Assert.That(SpecialAddresses.Find(AddressBits.Of(first)) is null, Is.EqualTo(global), "its first");
        Assert.That(SpecialAddresses.Find(AddressBits.Of(first) | host) is null, Is.EqualTo(global), "its last");
    }

    [Test]
    public void Any_other_IPv4_address_is_public() => Gen.UInt.Sample(
        bits => IPv4Registry.Any(r => r.Contains(AddressBits.Of(bits))) || SpecialAddresses.Find(AddressBits.Of(bits)) is null
            || AddressBits.ToAddress(AddressBits.Of(bits)).ToString() == "168.63.129.16");

    [Test]
    public void An_IPv6_form_is_judged_by_the_IPv4_address_within() => Gen.UInt.Sample(ipv4 =>
    {
        var plain = SpecialAddresses.Find(AddressBits.Of(ipv4)) is null;
        var bytes = AddressBits.ToAddress(AddressBits.Of(ipv4)).GetAddressBytes();
        var hex = $"{bytes[0]:x2}{bytes[1]:x2}:{bytes[2]:x2}{bytes[3]:x2}";
        string[] judged = [$"::ffff:{hex}", $"64:ff9b::{hex}"];
        string[] refused = [$"::{hex}", $"2002:{hex}::1", $"2001:0:{hex}::f7f7:f7f7", $"64:ff9b:1::{hex}", $"::ffff:0:{hex}"];
        return judged.All(f => SpecialAddresses.Find(IPAddress.Parse(f)) is null == plain) && refused.All(f => SpecialAddresses.Find(IPAddress.Parse(f)) is not null);
    });

    [TestCase("[::ffff:127.0.0.1]", "loopback, 127.0.0.0/8")]
    [TestCase("::127.0.0.1", "IPv4-compatible, ::/96")]
    [TestCase("64:ff9b::7f00:1", "loopback, 127.0.0.0/8")]
    [TestCase("64:ff9b:1:7f00:1::", "local-use translation, 64:ff9b:1::/48")]
    [TestCase("2002:a9fe:a9fe::", "6to4, 2002::/16")]
    [TestCase("64:ff9b::a9fe:a9fe", "cloud metadata, 169.254.169.254/32")]
    [TestCase("fe80::1%1", "link-local, fe80::/10")]
    [TestCase("::ffff:0:127.0.0.1", "not global unicast, ::/0")]
    [TestCase("fd00:ec2::254", "cloud metadata, fd00:ec2::254/128")]
    [TestCase("100.100.100.200", "cloud metadata, 100.100.100.200/32")]
    public void A_block_is_named(string address, string name) => Assert.That(SpecialAddresses.Find(IPAddress.Parse(address))?.ToString(), Is.EqualTo(name));

    [TestCase("10.0.0.0/8", "10.255.255.255", true)]
    [TestCase("10.0.0.0/8", "11.0.0.0", false)]
    [TestCase("10.0.0.0/8", "::ffff:10.1.2.3", true)]
    [TestCase("0.0.0.0/0", "203.0.113.1", true)]
    [TestCase("0.0.0.0/0", "2001:db8::1", false)]
    [TestCase("::/0", "10.0.0.1", false)]
    [TestCase("::/0", "2001:db8::1", true)]
    [TestCase("192.0.2.7", "192.0.2.7", true)]
    public void A_block_holds_addresses_of_its_own_family(string block, string address, bool holds) =>
        Assert.That(Cidr.Of(block).Contains(AddressBits.Of(IPAddress.Parse(address))), Is.EqualTo(holds));

    [TestCase("10.0.0.1/8")]
    [TestCase("10.0.0.0/33")]
    [TestCase("10.0.0.0/-1")]
    [TestCase("10.0.0.0/")]
    [TestCase("10/8")]
    [TestCase("1")]
    [TestCase("010.0.0.0/8")]
    [TestCase("fd00::/129")]
    [TestCase("fe80::1%1/128")]
    [TestCase("[fd00::]/8")]
    [TestCase("example.com")]
    [TestCase("")]
    public void What_is_no_block_is_refused(string text) => Assert.That(Cidr.TryParse(text, out _), Is.False);

    [TestCase("{}")]
    [TestCase("{targets: {allow: ['*.example.com', 10.0.0.0/8], deny: [admin.example.com, 10.9.0.0/16]}, ports: {allow: [80], deny: [22]}}")]
    public void Judging_allocates_nothing(string spec)
    {
        var (policy, _) = PolicyFile.Parse($"apiVersion: probes/v1\nkind: AgentPolicy\nspec: {spec}\n", "p.yaml");
        IPAddress[] addresses = [IPAddress.Parse("8.8.8.8"), IPAddress.Parse("2606:4700::1111"), IPAddress.Parse("64:ff9b::808:808")];
        var guard = new TargetGuard(new GuardOptions { AllowCidrs = [Cidr.Of("10.0.0.0/8")], Policy = policy! }, new OwnAddresses(TimeProvider.System));
        long Judge()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            foreach (var address in addresses)
            {
                if (guard.OfHost("www.example.com", 80) is not null || guard.OfAddress("www.example.com", address) is not null)
                {
                    return -1;
                }
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Judge();
        Assert.That(Judge(), Is.Zero);
    }
}
