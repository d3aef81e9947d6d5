namespace Probes.Orchestrator.Commands;

/// <summary>Asks before what cannot be undone. Where nobody can answer, the answer is no, and says how to say yes.</summary>
internal static class Confirm
{
    internal static bool Ask(string question, bool given)
    {
        if (given)
        {
            return true;
        }

        if (Console.IsInputRedirected)
        {
            Console.Error.WriteLine("nothing was changed: nobody can be asked here; give --yes");
            return false;
        }

        Console.Error.Write(question);
        return Console.In.ReadLine()?.Trim().ToLowerInvariant() is "y" or "yes";
    }
}
