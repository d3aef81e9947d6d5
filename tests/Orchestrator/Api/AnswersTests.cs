using System.Net;

namespace Probes.Tests.Orchestrator.Api;

public sealed class AnswersTests
{
    [Test]
    public async Task A_check_of_which_nothing_was_read_yet_has_empty_answers_and_one_that_is_not_there_has_none()
    {
        await using var orchestrator = await ApiFixture.StartAsync();
        using var api = orchestrator.Client(orchestrator.AdminKey);
        await api.PostAsync("/api/v1/apply", ApiFixture.Yaml(
            "apiVersion: probes/v1\nkind: Location\nmetadata: {name: eu}\nspec: {type: private}\n---\napiVersion: probes/v1\nkind: Check\nmetadata: {name: shop}\nspec: {interval: 60s, locations: [eu], http: {url: \"https://shop.example.com/\"}}"));
        var reply = await ApiFixture.ReadAsync(await api.GetAsync("/api/v1/checks/shop/answers"));
        Assert.That((reply.GetProperty("check").GetString(), reply.GetProperty("differences").GetArrayLength(), reply.GetProperty("regions").GetArrayLength()), Is.EqualTo(("shop", 0, 0)));
        Assert.That((await api.GetAsync("/api/v1/checks/absent/answers")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }
}
