namespace MAFlow.AnomalyBenchmark;

/// <summary>Means over tables of what each method did, and its mean rank among the methods.</summary>
internal static class Summary
{
    /// <summary>All tables, then every second one in the order of their names, from the first and from the second.</summary>
    public static void Print(IReadOnlyList<Result> results)
    {
        string[] tables = [.. results.Select(result => result.Table).Distinct().Order(StringComparer.OrdinalIgnoreCase)];
        Print("all", results, tables);
        Print("first of each two", results, [.. tables.Where((_, index) => index % 2 == 0)]);
        Print("second of each two", results, [.. tables.Where((_, index) => index % 2 == 1)]);
    }

    private static void Print(string title, IReadOnlyList<Result> results, string[] tables)
    {
        string[] methods = [.. results.Select(result => result.Method).Distinct()];
        var of = results.ToLookup(result => (result.Table, result.Method));
        // A failure counts as a coin.
        var auroc = tables.ToDictionary(table => table, table => methods.Select(method => of[(table, method)].Select(result => double.IsNaN(result.Auroc) ? 0.5 : result.Auroc).DefaultIfEmpty(0.5).Average()).ToArray());
        Console.WriteLine($"{tables.Length} tables ({title})");
        Console.WriteLine("| method | AUROC | deviation over seeds | average precision | mean rank | furthest below the best other | median s |");
        Console.WriteLine("|---|--:|--:|--:|--:|--:|--:|");
        for (var i = 0; i < methods.Length; i++)
        {
            var own = tables.SelectMany(table => of[(table, methods[i])]).ToArray();
            var precision = tables.Average(table => of[(table, methods[i])].Select(result => result.AveragePrecision).Where(double.IsFinite).DefaultIfEmpty(0).Average());
            var deviation = tables.Average(table => Deviation([.. of[(table, methods[i])].Select(result => result.Auroc).Where(double.IsFinite)]));
            var rank = tables.Average(table => 1 + auroc[table].Count(other => other > auroc[table][i]) + ((auroc[table].Count(other => other.Equals(auroc[table][i])) - 1) / 2.0));
            var worst = tables.Max(table => auroc[table].Max() - auroc[table][i]);
            double[] seconds = [.. own.Select(result => result.Seconds).Order()];
            Console.WriteLine($"| {methods[i]} | {tables.Average(table => auroc[table][i]):F4} | {deviation:F4} | {precision:F4} | {rank:F2} | {worst:F3} | {seconds[seconds.Length / 2]:F1} |");
        }

        Console.WriteLine();
    }

    private static double Deviation(double[] values) =>
        values.Length < 2 ? 0 : Math.Sqrt(values.Sum(value => (value - values.Average()) * (value - values.Average())) / (values.Length - 1));
}
