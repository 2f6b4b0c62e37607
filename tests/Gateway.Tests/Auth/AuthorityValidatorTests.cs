using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Orleans.Chat.Gateway.Auth;

namespace Orleans.Chat.Gateway.Tests.Auth;

public sealed class AuthorityValidatorTests
{
    [Theory]
    [InlineData(null, true, "Production", true)]
    [InlineData("https://id.example.com", true, "Production", true)]
    [InlineData("https://id.example.com/realms/chat", false, "Production", true)]
    [InlineData("http://id.example.com", true, "Production", false)]
    [InlineData("http://id.example.com", false, "Production", false)]
    [InlineData("http://id.example.com", true, "Development", false)]
    [InlineData("http://id.example.com", false, "Development", true)]
    [InlineData("http://127.0.0.1:5000", true, "Production", false)]
    [InlineData("http://127.0.0.1:5000", false, "Production", true)]
    [InlineData("http://[::1]:5000", false, "Production", true)]
    [InlineData("http://localhost", false, "Production", true)]
    [InlineData("http://localhost.example.com", false, "Production", false)]
    [InlineData("ftp://localhost", false, "Development", false)]
    [InlineData("id.example.com", false, "Development", false)]
    public void Plain_http_is_for_loopback_and_development(string? authority, bool requireHttps, string environment, bool good) =>
        new AuthorityValidator(new In(environment))
            .Validate(null, new AuthOptions { Authority = authority, RequireHttpsMetadata = requireHttps })
            .Succeeded.ShouldBe(good);

    private sealed class In(string name) : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = name;
        public string ApplicationName { get; set; } = "";
        public string ContentRootPath { get; set; } = "";
        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
