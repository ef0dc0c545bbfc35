namespace MAFlow.AnomalyBenchmark;

/// <summary>A CSV file of results that grows line by line, so that a run goes on where an earlier one ended.</summary>
internal sealed class Results
{
    private readonly string _path;
    private readonly List<Result> _all;

    public Results(string path)
    {
        _path = path;
        if (!File.Exists(path))
        {
            File.WriteAllLines(path, [Result.Header]);
        }

        _all = [.. File.ReadLines(path).Skip(1).Select(Result.Parse)];
    }

    public IReadOnlyList<Result> All => _all;

    public bool Has(string table, int seed, string method) =>
        _all.Any(result => result.Table == table && result.Seed == seed && result.Method == method);

    public void Add(Result result)
    {
        _all.Add(result);
        File.AppendAllLines(_path, [result.ToString()]);
    }
}
