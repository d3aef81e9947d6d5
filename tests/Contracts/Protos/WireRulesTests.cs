using System.Reflection;
using Google.Protobuf.Reflection;
using Probes.Tests.Structure;
using Wire = Probes.Contracts.Wire;

namespace Probes.Tests.Contracts.Protos;

/// <summary>Holds the wire rules of check.proto: agents and orchestrators of different versions talk to each other.</summary>
public sealed class WireRulesTests
{
    private const string Numbers = "tests/Contracts/Protos/numbers.txt";

    private static readonly List<FileDescriptor> Files =
        [.. typeof(Wire.CheckSpec).Assembly.GetTypes()
            .Where(t => t.Namespace == typeof(Wire.CheckSpec).Namespace && t.Name.EndsWith("Reflection", StringComparison.Ordinal))
            .Select(t => t.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)).Cast<FileDescriptor>()];

    private static IEnumerable<MessageDescriptor> Messages => Files.SelectMany(f => f.MessageTypes).SelectMany(WithNested).Where(m => !m.IsMapEntry);

    private static IEnumerable<EnumDescriptor> Enums => Files.SelectMany(f => f.EnumTypes).Concat(Messages.SelectMany(m => m.EnumTypes));

    [Test]
    public void Every_file_is_looked_at() => Assert.That(
        Files.Select(f => f.Name),
        Is.EquivalentTo(Directory.GetFiles(Path.Combine(Repository.Root, "contracts/Protos"), "*.proto", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(Path.Combine(Repository.Root, "contracts/Protos"), f).Replace('\\', '/'))));

    [Test]
    public void Zero_of_every_enum_is_unspecified()
    {
        foreach (var type in Enums)
        {
            Assert.That(type.FindValueByNumber(0)?.Name, Does.EndWith("_UNSPECIFIED"), type.FullName);
        }
    }

    [Test]
    public void A_number_keeps_its_meaning_for_ever()
    {
        var now = Now();
        foreach (var line in Written())
        {
            var (place, meaning) = (line[..line.IndexOf(" = ", StringComparison.Ordinal)], line[(line.IndexOf(" = ", StringComparison.Ordinal) + 3)..]);
            if (now.TryGetValue(place, out var today))
            {
                Assert.That(today, Is.EqualTo(meaning), $"{place} has got another meaning; give the new one a new number");
            }
            else
            {
                Assert.That(IsReserved(place), $"{place} ({meaning}) is gone; mark its number as reserved");
            }
        }
    }

    [Test]
    public void Every_number_is_written_down() => Assert.That(
        Now().Select(n => $"{n.Key} = {n.Value}").Except(Written()).Order(StringComparer.Ordinal), Is.Empty, $"add these lines to {Numbers}");

    // "probes.v1.CheckSpec 1" -> "name string"; methods by their name, which is what goes over the wire.
    private static Dictionary<string, string> Now()
    {
        var fields = Messages.SelectMany(m => m.Fields.InDeclarationOrder().Select(f => ($"{m.FullName} {f.FieldNumber}", $"{f.Name} {TypeOf(f)}")));
        var values = Enums.SelectMany(e => e.Values.Select(v => ($"{e.FullName} {v.Number}", v.Name)));
        var methods = Files.SelectMany(f => f.Services).SelectMany(s => s.Methods).Select(m => (
            $"{m.FullName} rpc",
            $"{(m.IsClientStreaming ? "stream " : "")}{m.InputType.FullName} -> {(m.IsServerStreaming ? "stream " : "")}{m.OutputType.FullName}"));
        return fields.Concat(values).Concat(methods).ToDictionary(n => n.Item1, n => n.Item2, StringComparer.Ordinal);
    }

    private static string TypeOf(FieldDescriptor field)
    {
        if (field.IsMap)
        {
            var entry = field.MessageType.Fields;
            return $"map<{TypeOf(entry[1])},{TypeOf(entry[2])}>";
        }

        var type = field.FieldType switch
        {
            FieldType.Message => field.MessageType.FullName,
            FieldType.Enum => field.EnumType.FullName,
            var plain => plain.ToString().ToLowerInvariant(),
        };
        return field.IsRepeated ? $"repeated {type}" : type;
    }

    private static bool IsReserved(string place)
    {
        var parts = place.Split(' ');
        if (!int.TryParse(parts[1], out var number))
        {
            return false;
        }

        // A message's range ends before its end, an enum's with it (descriptor.proto).
        return Messages.Any(m => m.FullName == parts[0] && m.ToProto().ReservedRange.Any(r => number >= r.Start && number < r.End))
            || Enums.Any(e => e.FullName == parts[0] && e.ToProto().ReservedRange.Any(r => number >= r.Start && number <= r.End));
    }

    private static IEnumerable<MessageDescriptor> WithNested(MessageDescriptor message) => message.NestedTypes.SelectMany(WithNested).Prepend(message);

    private static IEnumerable<string> Written() => File.ReadAllLines(Path.Combine(Repository.Root, Numbers)).Where(l => l.Length > 0 && l[0] != '#');
}
