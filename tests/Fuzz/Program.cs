using Orleans.Chat.Fuzz;
using Orleans.Chat.Fuzz.Targets;
using SharpFuzz;

const string Usage = """
    seed              writes tests/Fuzz/corpus anew, by the serialisers of server and client
    TARGET            reads what afl-fuzz gives it; see tests/Fuzz/run.sh
    TARGET FILE...    reads the files and says what became of each; 1 when one shows a bug
    """;

switch (args)
{
    case ["seed"]:
        foreach (var target in FuzzTargets.Names)
            InputFiles.WriteCorpus(FuzzTargets.Find(target));
        return 0;
    case [var name] when FuzzTargets.Names.Contains(name):
        // The target is made in there: code that is instrumented cannot run before the fuzzer's memory is there.
        Fuzzer.OutOfProcess.Run(stream => Judge.Read(FuzzTargets.Find(name), All(stream), Judge.Patience));
        return 0;
    case [var name, .. var files] when FuzzTargets.Names.Contains(name):
        return Array.ConvertAll(files, f => IsFinding(FuzzTargets.Find(name), f)).Contains(true) ? 1 : 0;
    default:
        Console.Error.WriteLine($"{Usage}\nTargets: {string.Join(", ", FuzzTargets.Names)}");
        return 2;
}

static byte[] All(Stream stream)
{
    using var bytes = new MemoryStream();
    stream.CopyTo(bytes);
    return bytes.ToArray();
}

static bool IsFinding(FuzzTarget target, string file)
{
    try
    {
        Console.WriteLine($"{Judge.Read(target, File.ReadAllBytes(file), Judge.Patience)}: {file}");
        return false;
    }
    catch (Exception finding)
    {
        Console.WriteLine($"FINDING: {file}\n{finding}");
        return true;
    }
}
