using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Probes.Orchestrator.Commands;

/// <summary><c>orchestrator token create|list|revoke</c>: enrolment tokens for agents.</summary>
internal static class TokenCommand
{
    private static readonly Option<string> Location = new("--location") { Description = "Location that agents with this token join", HelpName = "NAME", Required = true };
    private static readonly Option<int> MaxUses = new("--max-uses") { Description = "How many agents may enrol with it, 1 to 10000", HelpName = "N", DefaultValueFactory = _ => 1 };
    private static readonly Option<string> Expires = new("--expires") { Description = "How long it is good for, such as 30m, 24h, 7d", HelpName = "TIME", DefaultValueFactory = _ => "1h" };
    private static readonly Argument<string> Id = new("ID") { Description = "The token's id, as list shows it" };

    private static readonly Option<string[]> From = new("--from") { Description = "Address or CIDR it may be used from; may be repeated (default: any)", HelpName = "CIDR" };
    private static readonly Option<bool> Json = new("--json") { Description = "Print the answer as JSON", Recursive = true };

    private static readonly string[] Headings = ["ID", "LOCATION", "USES", "STATE", "EXPIRES (UTC)", "USED BY"];

    internal static Command Create()
    {
        var create = new Command("create", "Create a token and print it; it is not shown again.\nExample: orchestrator token create --location eu-west --from 203.0.113.0/24")
        {
            Location, MaxUses, Expires, From,
        };
        create.SetAction(CreateAsync);
        var list = new Command("list", "List tokens without their secrets, and who used them.\nExample: orchestrator token list --json");
        list.SetAction((parsed, ct) => OrchestratorClient.SendAsync(parsed, HttpMethod.Get, "/api/v1/tokens", null,
            all => Table.Print(parsed.GetValue(Json), all, () => Show(all)), null, ct));
        var revoke = new Command("revoke", "Revoke a token; agents that used it stay.\nExample: orchestrator token revoke ID") { Id };
        revoke.SetAction((parsed, ct) => OrchestratorClient.SendAsync(
            parsed, HttpMethod.Delete, $"/api/v1/tokens/{Uri.EscapeDataString(parsed.GetValue(Id)!)}", null,
            _ => Table.Print(parsed.GetValue(Json), JsonSerializer.SerializeToElement(new { revoked = parsed.GetValue(Id) }), () => { }), null, ct));
        var command = new Command("token", "Enrolment tokens for agents.") { create, list, revoke };
        command.Add(Json);
        OrchestratorClient.AddOptions(command);
        return command;
    }

    private static async Task<int> CreateAsync(ParseResult parsed, CancellationToken ct)
    {
        if (Duration.Parse(parsed.GetValue(Expires)!) is not { } expires)
        {
            await Console.Error.WriteLineAsync($"--expires: '{parsed.GetValue(Expires)}' is not a time (allowed: a number and s, m, h or d, such as 24h)");
            return OrchestratorClient.Refused;
        }

        var body = JsonContent.Create(new
        {
            location = parsed.GetValue(Location),
            maxUses = parsed.GetValue(MaxUses),
            expiresInSeconds = (long)expires.TotalSeconds,
            sourceCidrs = parsed.GetValue(From) ?? [],
        });
        return await OrchestratorClient.SendAsync(parsed, HttpMethod.Post, "/api/v1/tokens", body,
            made => Table.Print(parsed.GetValue(Json), made, () => Console.Out.WriteLine(OrchestratorClient.Text(made, "token"))), null, ct);
    }

    private static void Show(JsonElement tokens)
    {
        var rows = tokens.EnumerateArray().Select(t => new[]
        {
            OrchestratorClient.Text(t, "id"), OrchestratorClient.Text(t, "location"), $"{OrchestratorClient.Text(t, "uses")}/{OrchestratorClient.Text(t, "maxUses")}",
            OrchestratorClient.Text(t, "state"), t.GetProperty("expiresAt").GetDateTimeOffset().UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
            string.Join(", ", t.GetProperty("usedBy").EnumerateArray().Select(u => OrchestratorClient.Text(u, "name"))),
        }).ToList();
        foreach (var line in rows.Count == 0 ? ["no tokens"] : Table.Lines(Headings, rows))
        {
            Console.Out.WriteLine(line);
        }
    }
}
