using System.Net.Sockets;
using Probes.Contracts.Checks;
using Probes.Contracts.Results;

namespace Probes.Agent.Probes;

/// <summary>What every probe does around its own work: clock, faults, assertions, outcome.</summary>
internal static class ProbeRun
{
    private const int LongestMessage = 1024;

    public static async ValueTask<ProbeOutcome> RunAsync(
        Check check, TimeProvider time, CancellationToken timeout, CancellationToken stopping, Func<RunClock, Observation, CancellationToken, ValueTask> work)
    {
        var clock = new RunClock(time);
        var seen = new Observation();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout, stopping);
        try
        {
            await work(clock, seen, either.Token);
            clock.Leave();
            return Judge(check, clock, seen);
        }
        catch (ProbeFault fault)
        {
            return Outcome(clock, seen, fault, []);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return Outcome(clock, seen, ProbeFault.Timeout(clock.Current, check.Timeout), []);
        }
        catch (SocketException e) when (!either.IsCancellationRequested)
        {
            return Outcome(clock, seen, ProbeFault.Of(e, "the target"), []);
        }
        catch (IOException e) when (!either.IsCancellationRequested)
        {
            var fault = e.InnerException is SocketException socket ? ProbeFault.Of(socket, "the target") : ProbeFault.Target(Reasons.ConnectionClosed, e.Message);
            return Outcome(clock, seen, fault, []);
        }
        catch (Exception e) when (e is IOException or SocketException && !stopping.IsCancellationRequested)
        {
            // Cancelling tears connections down, and what waits on them may fail before it hears of the time-out.
            return Outcome(clock, seen, ProbeFault.Timeout(clock.Current, check.Timeout), []);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new OperationCanceledException(e.Message, e, stopping);
        }
    }

    private static ProbeOutcome Judge(Check check, RunClock clock, Observation seen)
    {
        seen.Duration = clock.Total;
        seen.Phases = clock.Times;
        var outcomes = check.Assertions.Count == 0 ? [] : AssertionEvaluator.Evaluate(check.Assertions, seen);
        var failed = outcomes.FirstOrDefault(o => !o.Passed);
        if (failed is null)
        {
            return Outcome(clock, seen, null, outcomes);
        }

        var source = check.Probe is DnsSpec ? FailureSource.Dns : FailureSource.Target;
        return Outcome(clock, seen, new ProbeFault(RunStatus.Failed, source, Reasons.AssertionFailed, $"{failed.Assertion}, but was {failed.Actual}"), outcomes);
    }

    private static ProbeOutcome Outcome(RunClock clock, Observation seen, ProbeFault? fault, IReadOnlyList<AssertionOutcome> outcomes)
    {
        clock.Leave();
        return new ProbeOutcome
        {
            Status = fault?.Status ?? RunStatus.Passed,
            Source = fault?.Source ?? FailureSource.None,
            Reason = fault?.Reason ?? "",
            Message = BoundedText.Cut(fault?.Message ?? "", LongestMessage),
            Duration = clock.Total,
            Phases = clock.Times,
            Address = seen.Address,
            StatusCode = seen.StatusCode,
            Assertions = outcomes,
            Evidence = seen.Evidence,
        };
    }
}
