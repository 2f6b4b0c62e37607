using Orleans.Chat.Load.Chaos;
using Orleans.Chat.Load.Reports;
using Orleans.Chat.Load.Scenarios;
using Spectre.Console.Cli;

var app = new CommandApp();
app.Configure(config =>
{
    config.SetApplicationName("load");
    config.AddCommand<OneToOneCommand>("one-to-one");
    config.AddCommand<RoomsCommand>("rooms");
    config.AddCommand<MixedCommand>("mixed");
    config.AddCommand<IdleCommand>("idle");
    config.AddCommand<HistoryCommand>("history");
    config.AddCommand<SyncCommand>("sync");
    config.AddCommand<ReturnCommand>("return");
    config.AddCommand<PopulateCommand>("populate");
    config.AddCommand<TableCommand>("table");
    config.AddCommand<PlotCommand>("plot");
    config.AddCommand<ChaosCommand>("chaos");
});
return await app.RunAsync(args);
