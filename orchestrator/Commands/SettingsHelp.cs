using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Probes.Orchestrator.Commands;

/// <summary>Adds the list of settings to <c>--help</c>.</summary>
internal static class SettingsHelp
{
    /// <summary>Key, default, what it is. A structure test holds it against the options classes.</summary>
    internal static readonly (string Key, string Default, string Text)[] All =
    [
        ("Data", "./data", "folder for the database, keys and spools; also PROBES_DATA and --data"),
        ("Demo", "false", "run the demo in {Data}/demo; also --demo"),
        ("Http:Url", "http://localhost:5080", "dashboard and API; also --http"),
        ("Http:AllowPlaintext", "false", "permit http:// on an address other machines can reach"),
        ("Http:CertificateFile, Http:KeyFile", "", "PEM files for https://"),
        ("Http:TrustedProxies", "", "addresses and networks of proxies whose X-Forwarded-* headers count, separated by commas"),
        ("Grpc:Url", "http://localhost:5081", "agents; also --grpc"),
        ("Grpc:AllowPlaintext", "false", "permit http:// on an address other machines can reach"),
        ("Grpc:CertificateFile, Grpc:KeyFile", "", "PEM files for https://"),
        ("Grpc:ClientCertificates", "none", "require: agents' connections must show the agent's own key; needs https://"),
        ("Keys:Master, Keys:MasterFile", "", "32 bytes in base64: key over all keys, which then lie in the store; empty: they lie in {Data}/keys"),
        ("Enrolment:CredentialHours", "24", "hours, 0.001 to 24: life of an agent's credential; renewed at two thirds of it"),
        ("Enrolment:PublicUrl", "", "agents' address of this orchestrator in the commands the dashboard shows; empty: made of Grpc:Url"),
        ("Store:ConnectionString", "", "empty: SQLite in the data folder; Host=...: PostgreSQL"),
        ("Store:ResultRetentionDays", "14", "days, 1 to 3650: results are kept"),
        ("Store:MinuteRollupDays", "30", "days, 1 to 3650: rollups by the minute are kept"),
        ("Store:HourRollupDays", "400", "days, at least MinuteRollupDays: rollups by the hour are kept"),
        ("Store:DayRollupDays", "1830", "days, at least HourRollupDays: rollups by the day are kept"),
        ("Store:RollupRetentionDays", "", "of version 0.2: stands for those of the three that are not set"),
        ("Bus:ConnectionString", "", "empty: in memory; amqp://... or amqps://...: RabbitMQ"),
        ("Bus:AgentConnectionString", "", "what agents are given; empty: the same"),
        ("Bus:CaFile", "", "roots (PEM) to trust at an amqps:// broker; empty: the machine's"),
        ("Bus:AllowPlaintext", "false", "permit amqp:// to another machine"),
        ("Broker:AuthUrl", "", "where RabbitMQ asks about agents, such as http://127.0.0.1:5082; docs/operations.md"),
        ("Broker:AllowPlaintext", "false", "permit http:// on an address other machines can reach"),
        ("Broker:CertificateFile, Broker:KeyFile", "", "PEM files for https://"),
        ("Broker:AuthSecret", "", "path only the broker knows: 16 to 128 letters and digits"),
        ("Broker:ManagementUrl", "", "RabbitMQ's management API with an administrator's name and password"),
        ("Broker:CacheSeconds", "30", "seconds, 1 to 50: auth_cache.cache_ttl of the broker"),
        ("Catalog:Watch", "", "folder whose *.yaml, *.yml and *.json are applied when they change"),
        ("Catalog:WatchProject", "default", "of which project its documents are that do not say"),
        ("Catalog:RefreshSeconds", "5", "seconds, 1 to 300: how often other replicas' changes are looked for"),
        ("Sessions:HeartbeatSeconds", "5", "seconds, 1 to 60: agents' heartbeats; when one is late by two more, at most 3 s, the agent is dead"),
        ("Sessions:GraceSeconds", "5", "seconds, 0 to 60: before the checks of an agent that left go to others"),
        ("Sessions:HandOverMilliseconds", "2000", "ms, 0 to 10000: how far ahead agents are told of a planned move of checks"),
        ("Sessions:AdmittedPerSecond", "1000", "1 to 100000: agents let in a second; the others are told when to come again"),
        ("Sessions:GreetedAtOnce", "256", "1 to 100000: agents between connecting and their welcome"),
        ("Embedded:Enabled", "true", "run one agent inside this process, in location local"),
        ("Embedded:Location", "local", "where the embedded agent is"),
        ("Embedded:AnyAddress", "true", "let it probe this machine and its network too; false where not everyone who defines checks may"),
        ("Detection:EverySeconds", "1", "seconds, 1 to 300: between judgments of regions, up to 5 where they take over a twentieth of the time; thresholds: docs/detection.md"),
        ("Detection:Answers:Flags", "true", "a region that is answered otherwise than others may be flagged for it; its other settings: docs/operations.md"),
        ("Detection:QuorumAgents", "1", "1 to 10: agents that must tell of a region lately; below it is unknown. Regions of one location have one"),
        ("Detection:Confirmation:Agents", "4", "0 to 10: other agents asked to run a check when it first fails or is suspected; 0: none"),
        ("Detection:Confirmation:PerMinute", "60", "1 to 6000: confirmations a minute over all checks; CoolingSeconds and AtOnce beside it"),
        ("Oidc:Authority, Oidc:ClientId, Oidc:ClientSecret", "", "sign-in by OpenID Connect at this issuer; redirect URI /signin-oidc"),
        ("Oidc:Scopes", "openid profile", "what is asked for"),
        ("Oidc:RoleClaim", "roles", "the claim that RoleMap reads"),
        ("Oidc:RoleMap", "", "such as ops=admin;pay=editor,payments: the claim's values, and the role (and one project) each grants"),
        ("Oidc:DefaultRole", "none", "role of those whom no value grants one; none: they are refused"),
        ("Audit:RetentionDays", "400", "days, 1 to 3650: the audit log is kept"),
        ("Limits:SignInPerMinute", "10", "refused sign-ins per minute and address; 0: no limit"),
        ("Limits:EnrolmentPerMinute", "30", "refused enrolments per minute and address; 0: no limit"),
        ("Limits:ApiPerMinute", "6000", "requests per minute and key or user; 0: no limit"),
        ("Limits:StrangerPerMinute", "600", "requests per minute and address without a key; 0: no limit"),
        ("Metrics:Anonymous", "false", "answer /metrics without a key"),
        ("Logging:LogLevel:Default", "Information", "Trace, Debug, Information, Warning, Error"),
    ];

    internal static void AddTo(RootCommand root)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new WithSettings((SynchronousCommandLineAction)help.Action!);
    }

    private sealed class WithSettings(SynchronousCommandLineAction inner) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            var code = inner.Invoke(parseResult);
            if (parseResult.CommandResult.Command is not RootCommand)
            {
                return code;
            }

            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Settings (appsettings.json, then environment such as PROBES__STORE__CONNECTIONSTRING, then --set KEY=VALUE):");
            foreach (var (key, standard, text) in All)
            {
                output.WriteLine($"  {key,-36} {text}{(standard.Length > 0 ? $" [{standard}]" : "")}");
            }

            return code;
        }
    }
}
