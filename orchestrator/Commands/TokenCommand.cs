using System.CommandLine;
using System.Text.Json;

namespace Probes.Orchestrator.Commands;

/// <summary><c>orchestrator token create|list|revoke</c>: enrolment tokens for agents.</summary>
internal static class TokenCommand
{
    private static readonly Option<string> Location = new("--location") { Description = "Location that agents with this token join", HelpName = "NAME", Required = true };
    private static readonly Option<int> MaxUses = new("--max-uses") { Description = "How many agents may enrol with it, 1 to 10000", HelpName = "N", DefaultValueFactory = _ => 1 };
    private static readonly Option<string> Expires = new("--expires") { Description = "How long it is good for, such as 30m, 24h, 7d", HelpName = "TIME", DefaultValueFactory = _ => "1h" };
    private static readonly Argument<string> Id = new("ID") { Description = "The token's id, as list shows it" };

    private static readonly string[] Columns = ["id", "location", "uses", "maxUses", "expiresAt", "state"];

    internal static Command Create()
    {
        var create = new Command("create", "Create a token and print it; it is not shown again.") { Location, MaxUses, Expires };
        create.SetAction(CreateAsync);
        var list = new Command("list", "List tokens.");
        list.SetAction((parsed, ct) => OrchestratorClient.SendAsync(parsed, HttpMethod.Get, "/api/v1/tokens", null, Show, null, ct));
        var revoke = new Command("revoke", "Revoke a token; agents that used it stay.") { Id };
        revoke.SetAction((parsed, ct) => OrchestratorClient.SendAsync(
            parsed, HttpMethod.Delete, $"/api/v1/tokens/{Uri.EscapeDataString(parsed.GetValue(Id)!)}", null, _ => 0, null, ct));
        var command = new Command("token", "Enrolment tokens for agents.") { create, list, revoke };
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
        });
        return await OrchestratorClient.SendAsync(parsed, HttpMethod.Post, "/api/v1/tokens", body, made =>
        {
            Console.Out.WriteLine(OrchestratorClient.Text(made, "token"));
            return 0;
        }, null, ct);
    }

    private static int Show(JsonElement tokens)
    {
        var items = tokens.ValueKind == JsonValueKind.Array ? tokens
            : tokens.TryGetProperty("items", out var inner) ? inner : JsonElement.Parse("[]");
        foreach (var token in items.EnumerateArray())
        {
            Console.Out.WriteLine(string.Join("  ", Columns.Select(p => OrchestratorClient.Text(token, p))));
        }

        return 0;
    }
}
