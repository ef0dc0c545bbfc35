using System.Runtime.InteropServices;

namespace MAFlow.AnomalyBenchmark;

/// <summary>Ordinary rows to train on, and rows of both kinds to test on.</summary>
internal sealed record LabelledTable(string Name, float[][] Training, float[][] Test, bool[] Anomalies)
{
    /// <summary>The same without ordinary test rows that are copies of a training row.</summary>
    public LabelledTable WithoutCopies()
    {
        var known = Training.Select(Key).ToHashSet();
        int[] kept = [.. Enumerable.Range(0, Test.Length).Where(row => Anomalies[row] || !known.Contains(Key(Test[row])))];
        return this with { Test = [.. kept.Select(row => Test[row])], Anomalies = [.. kept.Select(row => Anomalies[row])] };

        static string Key(float[] row) => Convert.ToBase64String(MemoryMarshal.AsBytes(row.AsSpan()));
    }

    /// <summary>Half of the ordinary rows, in random order, for training; the other half and all anomalies for the test.</summary>
    /// <param name="name">Name of the table.</param>
    /// <param name="ordinary">Ordinary rows.</param>
    /// <param name="anomalies">Anomalies.</param>
    /// <param name="seed">Of the order.</param>
    /// <param name="contamination">Share of the training rows that are anomalies, which are then no test rows; at most half of all
    /// anomalies.</param>
    public static LabelledTable Split(string name, float[][] ordinary, float[][] anomalies, int seed, double contamination = 0)
    {
        var random = new Random(seed);
        var rows = (float[][])ordinary.Clone();
        random.Shuffle(rows);
        var half = rows.Length / 2;
        var others = (float[][])anomalies.Clone();
        random.Shuffle(others);
        var mixedIn = Math.Min((int)(contamination / (1 - contamination) * half), others.Length / 2);
        float[][] training = [.. rows[..half], .. others[..mixedIn]];
        random.Shuffle(training);
        return new LabelledTable(name, mixedIn == 0 ? rows[..half] : training, [.. rows[half..], .. others[mixedIn..]],
            [.. Enumerable.Repeat(false, rows.Length - half), .. Enumerable.Repeat(true, others.Length - mixedIn)]);
    }
}
