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
    public static LabelledTable Split(string name, float[][] ordinary, float[][] anomalies, int seed)
    {
        var rows = (float[][])ordinary.Clone();
        new Random(seed).Shuffle(rows);
        var half = rows.Length / 2;
        return new LabelledTable(name, rows[..half], [.. rows[half..], .. anomalies],
            [.. Enumerable.Repeat(false, rows.Length - half), .. Enumerable.Repeat(true, anomalies.Length)]);
    }
}
