using BenchmarkDotNet.Running;
using MAFlow.Benchmarks;
using MAFlow.Benchmarks.Tables;

// --quick [--only PART,...] [--report FILE]: ratios within minutes; --only floor takes seconds. --scoring: the managed scorer beside tensors. --table-steps: steps at the sizes of
// tables. --start [TABLE,...]: training with and without a start. tables [--report FILE] [--folder DIR]: likelihoods on tables after
// some seconds. Anything else goes to BenchmarkDotNet.
if (TrainingMemory.IsAskedFor(args))
{
    TrainingMemory.Report(args);
}
else if (args.Contains("--start"))
{
    StartComparison.Report(args);
}
else if (args is ["tables", ..])
{
    TablesReport.Run(args);
}
else if (args.Contains("--scoring"))
{
    ScoringSpeed.Report();
}
else if (args.Contains("--table-steps"))
{
    TableSteps.Report();
}
else if (args.Contains("--quick"))
{
    string? After(string option) => args.SkipWhile(argument => argument != option).Skip(1).FirstOrDefault();
    var only = After("--only")?.Split(',') ?? [];
    if (only.Except(QuickReport.Parts).FirstOrDefault() is { } unknown)
    {
        Console.Error.WriteLine($"Expected parts out of {string.Join(", ", QuickReport.Parts)}, got '{unknown}'.");
        return 1;
    }

    var report = new QuickReport().Run(only);
    if (After("--report") is { } path)
    {
        File.WriteAllText(path, report.ToJsonString(new() { WriteIndented = true }) + "\n");
    }
}
else
{
    BenchmarkSwitcher.FromAssembly(typeof(TransportBenchmarks).Assembly).Run(args);
}

return 0;
