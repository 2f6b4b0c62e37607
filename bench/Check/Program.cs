using Orleans.Chat.Check;
using Orleans.Chat.Check.Generating;
using Spectre.Console.Cli;

var app = new CommandApp<CheckCommand>();
app.Configure(config =>
{
    config.SetApplicationName("check");
    config.AddCommand<GenerateCommand>("generate").IsHidden();
});
var result = await app.RunAsync(args);

// Arguments that make no sense are -1 there; here 1 would be a broken promise.
return result < 0 ? CheckCommand.Unreadable : result;
