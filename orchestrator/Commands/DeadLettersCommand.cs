using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Probes.Orchestrator.Commands;

/// <summary><c>orchestrator dead-letters list|show|replay|discard</c>.</summary>
internal static class DeadLettersCommand
{
    private const string Root = "/api/v1/dead-letters";

    private static readonly Argument<long> Id = new("ID") { Description = "As list shows it" };
    private static readonly Argument<long[]> Ids = new("ID") { Description = "As list shows them", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<bool> All = new("--all") { Description = "All of them, up to 1000 at a time, the oldest first" };
    private static readonly Option<string?> Reason = new("--reason") { Description = "With --all: only those whose reason begins so, such as unknown_agent", HelpName = "TEXT" };
    private static readonly Option<bool> Yes = new("--yes", "-y") { Description = "Do not ask" };
    private static readonly Option<bool> Json = new("--json") { Description = "Print answers as JSON", Recursive = true };

    private static readonly string[] Headings = ["ID", "AT", "FROM", "BYTES", "REASON"];

    internal static Command Create()
    {
        var list = new Command("list", "Messages that could not be taken, the newest 1000, and why.\nExample: orchestrator dead-letters list");
        list.SetAction((parsed, ct) => OrchestratorClient.SendAsync(parsed, HttpMethod.Get, Root + "?limit=1000", null, all => Table.Print(parsed.GetValue(Json), all, () => Show(all)), null, ct));
        var show = new Command("show", "One of them whole, its body in base64.\nExample: orchestrator dead-letters show 17") { Id };
        show.SetAction((parsed, ct) => OrchestratorClient.SendAsync(parsed, HttpMethod.Get, Of(parsed.GetValue(Id)), null, one => Table.Print(parsed.GetValue(Json), one, () => ShowOne(one)), null, ct));
        var replay = new Command("replay", "Take them once more; what is stored already is not counted twice, and what is refused again stays, with the reason of now.\n"
            + "Example: orchestrator dead-letters replay --all --reason unknown_check") { Ids, All, Reason };
        replay.SetAction((parsed, ct) => EachAsync(parsed, id => OrchestratorClient.SendAsync(parsed, HttpMethod.Post, Of(id) + "/replay", null, answer => Replayed(parsed, id, answer), null, ct), ct));
        var discard = new Command("discard", "Throw them away.\nExample: orchestrator dead-letters discard 17 --yes") { Ids, All, Reason, Yes };
        discard.SetAction(DiscardAsync);
        var command = new Command("dead-letters", "Messages that could not be taken.\nExit codes: 0 done, 1 not reached, 2 refused.") { list, show, replay, discard };
        command.Add(Json);
        OrchestratorClient.AddOptions(command);
        return command;
    }

    private static async Task<int> DiscardAsync(ParseResult parsed, CancellationToken ct) =>
        !Confirm.Ask(parsed.GetValue(All) ? "Discard all of them? [y/N] " : "Discard? [y/N] ", parsed.GetValue(Yes)) ? OrchestratorClient.Refused
            : await EachAsync(parsed, id => OrchestratorClient.SendAsync(parsed, HttpMethod.Delete, Of(id), null,
                _ => Table.Print(parsed.GetValue(Json), JsonSerializer.SerializeToElement(new { discarded = id }), () => Console.Out.WriteLine($"discarded {id}")), null, ct), ct);

    /// <summary>Goes on after one that is refused; the worst exit code counts.</summary>
    private static async Task<int> EachAsync(ParseResult parsed, Func<long, Task<int>> each, CancellationToken ct)
    {
        var ids = parsed.GetValue(Ids) ?? [];
        if (parsed.GetValue(All) == ids.Length > 0)
        {
            await Console.Error.WriteLineAsync("which? (allowed: one ID or more, or --all)");
            return OrchestratorClient.Refused;
        }

        var code = 0;
        if (parsed.GetValue(All))
        {
            code = await OrchestratorClient.SendAsync(parsed, HttpMethod.Get, Root + "?limit=1000", null, all =>
            {
                ids = [.. all.EnumerateArray().Where(l => OrchestratorClient.Text(l, "reason").StartsWith(parsed.GetValue(Reason) ?? "", StringComparison.Ordinal))
                    .Select(l => l.GetProperty("id").GetInt64()).Order()];
                return 0;
            }, null, ct);
        }

        foreach (var id in ids)
        {
            code = Math.Max(code, await each(id));
        }

        return code;
    }

    private static int Replayed(ParseResult parsed, long id, JsonElement answer)
    {
        var refusal = OrchestratorClient.Text(answer, "refusal");
        Table.Print(parsed.GetValue(Json), answer, () => Console.Out.WriteLine(refusal.Length == 0 ? $"taken {id}" : $"refused again {id}: {Table.Plain(refusal)}"));
        return refusal.Length == 0 ? 0 : OrchestratorClient.Refused;
    }

    private static void ShowOne(JsonElement one)
    {
        foreach (var name in (string[])["id", "at", "source", "agent", "reason", "size", "whole", "body"])
        {
            Console.Out.WriteLine($"{name,-7} {Table.Plain(OrchestratorClient.Text(one, name))}");
        }
    }

    private static void Show(JsonElement all)
    {
        var rows = all.EnumerateArray().Select(l => new[]
        {
            OrchestratorClient.Text(l, "id"), l.GetProperty("at").GetDateTimeOffset().UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
            OrchestratorClient.Text(l, "agent") is { Length: > 0 } agent ? agent : OrchestratorClient.Text(l, "source"), OrchestratorClient.Text(l, "size"), OrchestratorClient.Text(l, "reason"),
        }).ToList();
        foreach (var line in rows.Count == 0 ? ["no dead letters"] : Table.Lines(Headings, rows))
        {
            Console.Out.WriteLine(line);
        }
    }

    private static string Of(long id) => string.Create(CultureInfo.InvariantCulture, $"{Root}/{id}");
}
