// Scores rows in one native file of a few megabytes: no .NET runtime, no libtorch.
// Arguments: a model that MAFlow.Torch or MAFlow.MLNet saved (model.safetensors), and a file with the numbers of one row a line, with
// spaces or commas between them. Output: ln p of each row in nats, one a line.
// With --time, also the microseconds that a row takes, alone and in batches of 256.
using System.Diagnostics;
using System.Globalization;
using MAFlow.Scoring;

if (args is not ([_, _] or [_, _, "--time"]))
{
    Console.Error.WriteLine("Usage: NativeScoring MODEL.safetensors ROWS.txt [--time]");
    return 2;
}

if (!DensityScorer.TryLoad(args[0], out var scorer, out var reason))
{
    Console.Error.WriteLine(reason);
    return 1;
}

char[] separators = [' ', ',', '\t'];
float[] rows =
[
    .. File.ReadLines(args[1]).SelectMany(line => line.Split(separators, StringSplitOptions.RemoveEmptyEntries))
        .Select(number => float.Parse(number, CultureInfo.InvariantCulture)),
];
if (rows.Length % scorer.Dimension != 0)
{
    Console.Error.WriteLine($"Expected rows of {scorer.Dimension} numbers, got {rows.Length} numbers in all.");
    return 1;
}

var logProb = new float[rows.Length / scorer.Dimension];
scorer.LogProb(rows, logProb);
foreach (var value in logProb)
{
    Console.WriteLine(value.ToString("R", CultureInfo.InvariantCulture));
}

if (args.Length == 3)
{
    foreach (var batch in (int[])[1, 256])
    {
        var (some, result) = (new float[batch * scorer.Dimension], new float[batch]);
        rows.AsSpan(0, Math.Min(rows.Length, some.Length)).CopyTo(some);
        var best = double.PositiveInfinity;
        for (var repeat = 0; repeat < 2000 / batch + 20; repeat++)
        {
            var start = Stopwatch.GetTimestamp();
            scorer.LogProb(some, result);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMicroseconds / batch);
        }

        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{best:F2} microseconds a row, {batch} at once"));
    }
}

return 0;
