using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Orleans.Chat.Support;

namespace Orleans.Chat.Security.Tests;

public sealed class SecretsTests : IDisposable
{
    private const string Remote = "Host=db.example;Username=chat";
    private readonly TestFolder _folder = new("secrets");

    public void Dispose() => _folder.Delete();

    [Fact]
    public void A_file_is_a_setting_and_wins_over_the_environment()
    {
        File.WriteAllText(Path.Combine(_folder.Path, "ConnectionStrings__Postgres"), Remote + ";Password=of-the-file\n");
        var builder = Builder(
            "Production",
            [],
            ("Secrets:Directory", _folder.Path),
            ("ConnectionStrings:Postgres", Remote + ";Password=other")
        );

        builder.AddSecrets();

        builder.Configuration.GetConnectionString("Postgres").ShouldBe(Remote + ";Password=of-the-file");
    }

    [Fact]
    public void A_folder_that_is_not_there_stops_the_start() =>
        Message(Builder("Production", [], ("Secrets:Directory", "/no/such/folder")))
            .ShouldBe("Secrets:Directory: there is no folder '/no/such/folder'.");

    [Theory]
    [InlineData("ConnectionStrings:Postgres", "Host=db;Username=luise;Password=Passw0rd")]
    [InlineData("ConnectionStrings:Postgres", "Host=127.0.0.1;Username=chat;PASSWORD=ChangeMe")]
    [InlineData("ConnectionStrings:Postgres", "Server=db;User Id=luise;PWD=luise")]
    [InlineData("ConnectionStrings:Postgres", "Host=db;Username=chat;Password=<password>")]
    [InlineData("ConnectionStrings:Postgres", "Host=db;Username=chat;Password=${POSTGRES_PASSWORD}")]
    [InlineData("ConnectionStrings:Redis", "cache:6379,password=foobared")]
    [InlineData("ConnectionStrings:Redis", "cache:6379,user=chat,password=redis,ssl=true")]
    [InlineData("PGPASSWORD", "mysecretpassword")]
    public void A_password_that_everybody_knows_is_refused_outside_Development(string setting, string value)
    {
        var message = Message(Builder("Production", [], (setting, value)));

        message.ShouldStartWith(setting + ":");
        message.ShouldNotContain(value.Split('=')[^1]);
        Should.NotThrow(() => Builder("Development", [], (setting, value)).AddSecrets());
    }

    [Theory]
    [InlineData("ConnectionStrings:Postgres", "Host=127.0.0.1;Port=5432;Username=postgres;Database=postgres")]
    [InlineData("ConnectionStrings:Postgres", "Host=db;Username=chat;SSL Certificate=/run/secrets/tls.crt;SSL Mode=VerifyFull")]
    [InlineData("ConnectionStrings:Postgres", "Host=db;Username=chat;Password=0d9f2c3b67a1")]
    [InlineData("ConnectionStrings:Redis", "127.0.0.1:6379")]
    [InlineData("ConnectionStrings:Redis", "cache:6379,password=0d9f2c3b67a1,ssl=true")]
    public void None_and_a_good_one_are_taken(string setting, string value) =>
        Should.NotThrow(() => Builder("Production", [], (setting, value)).AddSecrets());

    [Fact]
    public void A_file_with_a_known_password_is_refused_too()
    {
        File.WriteAllText(Path.Combine(_folder.Path, "ConnectionStrings__Redis"), "cache,password=changeme");

        Message(Builder("Production", [], ("Secrets:Directory", _folder.Path))).ShouldStartWith("ConnectionStrings:Redis:");
    }

    [Theory]
    [InlineData("--ConnectionStrings:Postgres=Host=db;Password=0d9f2c3b67a1")]
    [InlineData("--ConnectionStrings:Redis=cache,password=0d9f2c3b67a1")]
    public void A_secret_on_the_command_line_is_refused(string argument)
    {
        var message = Message(Builder("Development", [argument]));

        message.ShouldContain("not on the command line");
        message.ShouldNotContain("0d9f2c3b67a1");
    }

    private static string Message(WebApplicationBuilder builder) =>
        Should.Throw<InvalidOperationException>(() => builder.AddSecrets()).Message;

    private static WebApplicationBuilder Builder(string environment, string[] arguments, params (string Name, string Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = environment, Args = arguments });
        builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Name, (string?)s.Value)));
        return builder;
    }
}
