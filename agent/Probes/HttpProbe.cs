using System.Globalization;
using Probes.Agent.Probes.Http;
using Probes.Contracts.Checks;

namespace Probes.Agent.Probes;

/// <summary>HTTP/1.1 and 2 over a new connection each run; redirects are followed here, one by one, each timed.</summary>
internal sealed class HttpProbe(Http1Exchange http1, Http2Exchange http2, TimeProvider time) : IProbe
{
    public string Kind => "http";

    public ValueTask<ProbeOutcome> RunAsync(Check check, CancellationToken timeout, CancellationToken stopping) =>
        ProbeRun.RunAsync(check, time, timeout, stopping, async (clock, seen, ct) =>
        {
            var spec = (HttpSpec)check.Probe;
            var wantsBody = check.Assertions.Any(a => a is BodyAssertion or JsonPathAssertion);
            await FollowAsync(HttpRequest.First(spec, wantsBody), spec, clock, seen, ct);
            if (seen.StatusCode is < 200 or >= 400 && !check.Assertions.Any(a => a is StatusAssertion))
            {
                throw ProbeFault.Target(Reasons.BadStatus, $"the target answered {seen.StatusCode}");
            }
        });

    private async ValueTask FollowAsync(HttpRequest request, HttpSpec spec, RunClock clock, Observation seen, CancellationToken ct)
    {
        for (var hop = 0; ; hop++)
        {
            var before = clock.Total;
            seen.NextAnswer();
            try
            {
                await (spec.Version == HttpProtocol.Http2 ? http2.RunAsync(request, clock, seen, ct) : http1.RunAsync(request, clock, seen, ct));
            }
            finally
            {
                // Also of an answer that breaks off: who gave it matters most then.
                seen.NoteHeaders();
            }

            clock.Leave();
            if (spec.MaxRedirects == 0 || seen.StatusCode is not (301 or 302 or 303 or 307 or 308) || seen.Header("location") is not { } location)
            {
                if (hop > 0)
                {
                    seen.Note("final_url", Shown(request.Url));
                }

                return;
            }

            seen.Note(string.Create(CultureInfo.InvariantCulture, $"hop{hop + 1}"),
                string.Create(CultureInfo.InvariantCulture, $"{seen.StatusCode} {Shown(request.Url)} {(clock.Total - before).TotalMilliseconds:0.0} ms"));
            if (hop >= spec.MaxRedirects)
            {
                throw ProbeFault.Target(Reasons.TooManyRedirects, $"still redirected after {spec.MaxRedirects} redirects");
            }

            request = request.Redirected(location, seen.StatusCode, seen);
        }
    }

    // Without user and password, should it hold any.
    private static string Shown(Uri url) => url.GetComponents(UriComponents.HttpRequestUrl, UriFormat.UriEscaped);
}
