namespace MAFlow.Scoring.Models;

/// <summary>Runs a job over blocks of rows, on several threads where that pays. The numbers do not depend on it.</summary>
internal static class RowRunner
{
    // Below it, threads cost more than they bring: some hundred microseconds.
    private const double WorkOfOneThread = 4e6;

    /// <param name="model">The model.</param>
    /// <param name="job">What is done to each block.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="depth">Steps of the flow.</param>
    /// <param name="threads">Largest number of threads.</param>
    public static void Run<TJob>(ScoringModel model, TJob job, int rows, int depth, int threads)
        where TJob : struct, IRowJob
    {
        var blocks = (rows + model.RowsPerBlock - 1) / model.RowsPerBlock;
        if (threads == 1 || blocks == 1 || (double)rows * depth * model.WorkPerStep < WorkOfOneThread)
        {
            for (var block = 0; block < blocks; block++)
            {
                Run(model, job, rows, block);
            }

            return;
        }

        RunOnThreads(model, job, rows, blocks, threads);
    }

    // Apart, so that only this path makes a closure.
    private static void RunOnThreads<TJob>(ScoringModel model, TJob job, int rows, int blocks, int threads)
        where TJob : struct, IRowJob =>
        Parallel.For(0, blocks, new() { MaxDegreeOfParallelism = threads }, block => Run(model, job, rows, block));

    private static void Run<TJob>(ScoringModel model, TJob job, int rows, int block)
        where TJob : struct, IRowJob
    {
        var first = block * model.RowsPerBlock;
        var space = model.Rent();
        job.Run(space, first, Math.Min(model.RowsPerBlock, rows - first));
        model.Return(space);
    }
}
