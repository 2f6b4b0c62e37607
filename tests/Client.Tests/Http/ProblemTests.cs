using Orleans.Chat.Client.Http;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Client.Tests.Http;

public sealed class ProblemTests
{
    [Fact]
    public void A_problem_over_http_is_read_whole()
    {
        const string Body = """
            {"type":"urn:x","title":"t","status":400,"code":"validation_failed","detail":"d","errors":{"limit":["too high"]},"new_field":1}
            """;
        var problem = ProblemReader.FromHttp(400, Body, null);
        problem.Code.ShouldBe(ProblemCodes.ValidationFailed);
        problem.Status.ShouldBe(400);
        problem.Errors!["limit"].ShouldBe(["too high"]);
        problem.IsRetryable.ShouldBeFalse();
    }

    [Fact]
    public void A_hub_problem_begins_at_the_first_brace()
    {
        var problem = ProblemReader.FromHub(
            "An unexpected error occurred invoking 'SendMessage' on the server. HubException: {\"code\":\"rate_limited\",\"retry_after_ms\":1500}"
        );
        problem.Code.ShouldBe(ProblemCodes.RateLimited);
        problem.RetryAfterMs.ShouldBe(1_500);
        problem.Status.ShouldBe(429);
        problem.IsRetryable.ShouldBeTrue();
    }

    [Theory]
    [InlineData("Something went wrong")]
    [InlineData("words {not json")]
    [InlineData("words {\"no\":\"code\"}")]
    public void Other_words_of_the_hub_are_an_internal_error(string message) =>
        ProblemReader.FromHub(message).Code.ShouldBe(ProblemCodes.Internal);

    [Theory]
    [InlineData(502, ProblemCodes.Unavailable, true)]
    [InlineData(429, ProblemCodes.RateLimited, true)]
    [InlineData(404, ProblemCodes.NotFound, false)]
    [InlineData(500, ProblemCodes.Internal, false)]
    public void A_proxys_page_becomes_a_problem_by_its_status(int status, string code, bool retryable)
    {
        var problem = ProblemReader.FromHttp(status, "<html>Bad Gateway</html>", TimeSpan.FromSeconds(2));
        problem.Code.ShouldBe(code);
        problem.IsRetryable.ShouldBe(retryable);
        problem.RetryAfterMs.ShouldBe(2_000);
    }
}
