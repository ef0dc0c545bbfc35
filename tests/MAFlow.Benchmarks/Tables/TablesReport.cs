using System.Globalization;
using static TorchSharp.torch;

namespace MAFlow.Benchmarks.Tables;

/// <summary>NLL of test rows after some seconds of one processor, table by table, as lines of a CSV file; lines that are there are kept.</summary>
internal static class TablesReport
{
    private const string Heading = "table,rows,features,method,seconds,seed,nll,nllAtTwiceTheDepth,depth,steps,processorSeconds";

    /// <summary>Runs what is asked for: --report FILE, --folder DIR, --seconds 5,20,60, --seeds 1,2,3, --methods "flow;mixture;flow units=192 parts=8", --only PART.</summary>
    public static void Run(string[] args)
    {
        set_num_threads(1);
        string Value(string name, string otherwise) => args.SkipWhile(argument => argument != name).Skip(1).FirstOrDefault() ?? otherwise;
        var path = Value("--report", "tables.csv");
        double[] seconds = [.. Value("--seconds", "5,20,60").Split(',').Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
        ulong[] seeds = [.. Value("--seeds", "1,2,3").Split(',').Select(text => ulong.Parse(text, CultureInfo.InvariantCulture))];
        var asked = Value("--methods", string.Join(';', TableMethods.All.Keys)).Split(';');
        var only = Value("--only", "");
        if (!File.Exists(path))
        {
            File.WriteAllText(path, Heading + "\n");
        }

        var done = File.ReadLines(path).Skip(1).Select(Key).ToHashSet();
        foreach (var seed in seeds)
        {
            var tables = args.Contains("--folder") ? TableFiles.All(Value("--folder", "."), seed) : GeneratedTables.All(seed);
            foreach (var table in tables.Where(table => table.Name.Contains(only, StringComparison.OrdinalIgnoreCase)))
            {
                using var _ = table;
                foreach (var method in asked)
                {
                    foreach (var limit in seconds)
                    {
                        var name = method.Replace(',', ' ');
                        if (!done.Contains(string.Create(CultureInfo.InvariantCulture, $"{table.Name.Replace(',', ' ')},{name},{limit},{seed}")))
                        {
                            File.AppendAllText(path, Line(table, method, name, limit, seed) + "\n");
                        }
                    }
                }
            }
        }
    }

    private static string Line(NumericTable table, string method, string name, double limit, ulong seed)
    {
        var begin = ProcessorClock.Seconds;
        var reached = TableMethods.Named(method)(table, limit, seed);
        var line = string.Create(CultureInfo.InvariantCulture,
            $"{table.Name.Replace(',', ' ')},{table.Training.shape[0]},{table.Training.shape[1]},{name},{limit},{seed},{reached.Nll:F4},{reached.NllAtTwiceTheDepth:F4},{reached.Depth},{reached.Steps},{ProcessorClock.Seconds - begin:F1}");
        Console.WriteLine(line);
        return line;
    }

    private static string Key(string line)
    {
        var cells = line.Split(',');
        return $"{cells[0]},{cells[3]},{cells[4]},{cells[5]}";
    }
}
