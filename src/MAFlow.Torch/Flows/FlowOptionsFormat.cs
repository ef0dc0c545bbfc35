using System.Text.Json.Nodes;

namespace MAFlow.Torch.Flows;

/// <summary>How the options of a flow lie in a file.</summary>
internal static class FlowOptionsFormat
{
    // Far beyond any use: what a file states must not make scoring go on for ever, or overflow single precision.
    private const double MaxHorizon = 1e6;
    private const int MaxDepth = 1 << 20;

    /// <param name="options">What is written.</param>
    /// <param name="depth">Depth that the file states.</param>
    /// <exception cref="NotSupportedException">The integrator or the Laplacian estimator cannot be read back.</exception>
    public static JsonObject Write(MongeAmpereFlowOptions options, int depth)
    {
        var (tableau, laplacian) = (options.Scheme.Tableau, options.Scheme.Laplacian);
        if (!ButcherTableau.All.Contains(tableau))
        {
            throw new NotSupportedException(
                $"Expected one of the tableaus of ButcherTableau.All, got {tableau}; a file names its tableau, so one of your own cannot be read back.");
        }

        if (laplacian != LaplacianEstimator.Exact && laplacian is not HutchinsonLaplacian)
        {
            throw new NotSupportedException(
                $"Expected the exact Laplacian or Hutchinson's, got {laplacian.GetType().Name}; a file names its estimator, so one of your own cannot be read back.");
        }

        return new()
        {
            ["horizon"] = options.Horizon,
            ["depth"] = depth,
            ["tableau"] = tableau.Name,
            ["hutchinsonProbes"] = laplacian is HutchinsonLaplacian hutchinson ? hutchinson.Probes : 0,
        };
    }

    /// <exception cref="FormatException">Something is missing or of another type.</exception>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public static MongeAmpereFlowOptions Read(JsonObject members)
    {
        var stored = new StoredComponent("flow", members, new Dictionary<string, TorchSharp.torch.Tensor>());
        var (horizon, depth, probes) = (stored.Option<double>("horizon"), stored.Option<int>("depth"), stored.Option<int>("hutchinsonProbes"));
        TensorChecks.RequireOption(horizon, double.Epsilon, MaxHorizon);
        TensorChecks.RequireOption(depth, 1, MaxDepth);
        return new()
        {
            Horizon = horizon,
            Depth = depth,
            Scheme = new()
            {
                Tableau = ButcherTableau.ByName(stored.Option<string>("tableau")),
                Laplacian = probes == 0 ? LaplacianEstimator.Exact : new HutchinsonLaplacian(probes),
            },
        };
    }
}
