using Probes.Orchestrator.Detection.Answers;

namespace Probes.Tests.Orchestrator.Detection.Answers;

public sealed class CacheHeadersTests
{
    [TestCase("cf-ray", "8f2a3b4c5d6e7f80-FRA", "FRA")]
    [TestCase("cf-ray", "8f2a3b4c5d6e7f80", "")]
    [TestCase("x-amz-cf-pop", "FRA56-P1", "FRA")]
    [TestCase("x-served-by", "cache-iad-kiad7000123-IAD, cache-fra-etou8220094-FRA", "FRA")]
    [TestCase("x-served-by", "web-1 <script>", "")]
    [TestCase("server", "nginx", "")]
    public void A_point_of_presence_is_read_from_the_headers_of_its_cdn(string header, string value, string pop) =>
        Assert.That(CacheHeaders.Pop(new Dictionary<string, string> { [header] = value }), Is.EqualTo(pop));

    [TestCase("cf-cache-status", "HIT", CacheUse.Hit)]
    [TestCase("cf-cache-status", "DYNAMIC", CacheUse.Miss)]
    [TestCase("x-cache", "Hit from cloudfront", CacheUse.Hit)]
    [TestCase("x-cache", "RefreshHit from cloudfront", CacheUse.Hit)]
    [TestCase("x-cache", "Miss from cloudfront", CacheUse.Miss)]
    [TestCase("x-cache", "HIT, MISS", CacheUse.Miss)]
    [TestCase("x-vercel-cache", "STALE", CacheUse.Hit)]
    [TestCase("cache-status", "OriginCache; hit; ttl=1100, \"CDN Company Here\"; fwd=uri-miss", CacheUse.Miss)]
    [TestCase("cache-status", "ExampleCache; hit; ttl=376", CacheUse.Hit)]
    [TestCase("age", "31", CacheUse.Hit)]
    [TestCase("age", "0", CacheUse.None)]
    [TestCase("server", "nginx", CacheUse.None)]
    public void What_a_cache_did_is_read_from_its_header(string header, string value, CacheUse use) =>
        Assert.That(CacheHeaders.Use(new Dictionary<string, string> { [header] = value }), Is.EqualTo(use));
}
