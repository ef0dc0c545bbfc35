namespace MAFlow.AnomalyBenchmark;

/// <summary>Ordinary rows to train on, and rows of both kinds to test on.</summary>
internal sealed record LabelledTable(string Name, float[][] Training, float[][] Test, bool[] Anomalies)
{
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
