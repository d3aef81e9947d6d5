using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Commands;

/// <summary><c>orchestrator backup</c>: a data folder of an orchestrator on SQLite copied as of one moment, while it runs. It works on the files, not over the network.</summary>
internal static class BackupCommand
{
    private static readonly Option<string?> Data = new("--data") { Description = "Data folder to back up (default ./data, or PROBES_DATA)", HelpName = "PATH" };
    private static readonly Option<string> To = new("--to") { Description = "Folder to make; it must not be there yet, or be empty", HelpName = "PATH", Required = true };

    internal static Command Create()
    {
        var command = new Command("backup",
            "Copy what an orchestrator on SQLite keeps (database, keys, administrator's key) as of one moment, while it runs. The copy is a data folder: to\n"
            + "restore it, start the orchestrator with --data on it. It holds keys: keep it as safe as the original.\nOn PostgreSQL use pg_dump (docs/operations.md).\n"
            + "Example: orchestrator backup --data /var/lib/probes --to /backup/probes-2026-01-31\nExit codes: 0 done, 1 failed, 2 refused.") { Data, To };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        var folder = Path.GetFullPath(parsed.GetValue(Data) ?? Settings.DefaultDataFolder());
        var to = Path.GetFullPath(parsed.GetValue(To)!);
        try
        {
            if (Mistake(folder, to, out var database) is { } mistake)
            {
                await Console.Error.WriteLineAsync(mistake);
                return OrchestratorClient.Refused;
            }

            var clock = Stopwatch.StartNew();
            MakePrivate(to);
            var results = await CopyAsync(database, Path.Combine(to, "probes.db"), ct);
            CopyFiles(folder, to);
            var size = new FileInfo(Path.Combine(to, "probes.db")).Length / 1e6;
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"backed up {results} results ({size:0.0} MB) to {to} in {clock.Elapsed.TotalSeconds:0.0} s"));
            return 0;
        }
        catch (Exception fault) when (fault is SqliteException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"no backup was made, {to} may hold a part of one: {fault.Message}");
            return 1;
        }
    }

    private static string? Mistake(string folder, string to, out string database)
    {
        database = "";
        if (!Directory.Exists(folder))
        {
            return $"--data: there is no folder {folder}";
        }

        if (File.Exists(to) || (Directory.Exists(to) && Directory.EnumerateFileSystemEntries(to).Any()))
        {
            return $"--to: {to} is there already (allowed: a folder that is new or empty)";
        }

        var configuration = Settings.CreateBuilder(new Dictionary<string, string?> { ["Data"] = folder }).Configuration;
        var target = StoreTarget.From(new StoreOptions { ConnectionString = configuration["Store:ConnectionString"] ?? "", DataFolder = folder });
        if (target.Engine == StoreEngine.Postgres)
        {
            return $"the data are in {target.Place}: back that up with pg_dump, and the folder {Path.Combine(folder, "keys")} with it (docs/operations.md)";
        }

        database = new SqliteConnectionStringBuilder(target.ConnectionString).DataSource;
        return File.Exists(database) ? null : $"--data: there is no database {database}: no orchestrator has run there";
    }

    private static async Task<long> CopyAsync(string from, string to, CancellationToken ct)
    {
        // What is not whole yet must not look as if it were.
        var part = to + ".part";
        await using (var source = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = from, Mode = SqliteOpenMode.ReadWrite, Pooling = false, DefaultTimeout = 30 }.ConnectionString))
        {
            await source.OpenAsync(ct);
            await using var copy = source.CreateCommand();
            copy.CommandText = "VACUUM INTO $to";
            copy.CommandTimeout = 0;
            copy.Parameters.AddWithValue("$to", part);
            await copy.ExecuteNonQueryAsync(ct);
        }

        long results;
        await using (var made = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = part, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ConnectionString))
        {
            await made.OpenAsync(ct);
            await using var look = made.CreateCommand();
            look.CommandTimeout = 0;
            look.CommandText = "PRAGMA quick_check(1)";
            if (await look.ExecuteScalarAsync(ct) as string is not "ok" and var damage)
            {
                throw new IOException($"the copy is damaged: {damage}");
            }

            look.CommandText = "SELECT count(*) FROM results";
            results = (long)(await look.ExecuteScalarAsync(ct))!;
        }

        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(part, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        File.Move(part, to);
        return results;
    }

    private static string MakePrivate(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return Directory.CreateDirectory(folder).FullName;
        }

        return Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
    }

    private static void CopyFiles(string folder, string to)
    {
        var keys = Path.Combine(folder, "keys");
        if (Directory.Exists(keys))
        {
            var copy = MakePrivate(Path.Combine(to, "keys"));
            foreach (var file in Directory.EnumerateFiles(keys))
            {
                File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
            }
        }

        var admin = Path.Combine(folder, AdminKey.FileName);
        if (File.Exists(admin))
        {
            File.Copy(admin, Path.Combine(to, AdminKey.FileName));
        }
    }
}
