using System.Text.Json.Nodes;
using TorchSharp;

namespace MAFlow.Torch.Flows;

/// <summary>
/// How the options of a flow lie in a file. Built-in tableaus and Hutchinson's probes are written as in the first version, everything else
/// by its kind.
/// </summary>
internal static class FlowOptionsFormat
{
    // Far beyond any use: what a file states must not make scoring go on for ever, or overflow single precision.
    private const double MaxHorizon = 1e6;
    private const int MaxDepth = 1 << 20;

    /// <exception cref="NotSupportedException">Integrator or Laplacian do not say how they are stored.</exception>
    public static JsonObject Write(MongeAmpereFlowOptions options)
    {
        var stored = new StoredComponent("flow").With("horizon", options.Horizon).With("depth", options.Depth);
        stored = options.Integrator is ExplicitRungeKutta { Tableau: var tableau } && ButcherTableau.All.Contains(tableau)
            ? stored.With("tableau", tableau.Name)
            : stored.WithChild("integrator", Untensored(options.Integrator.Store()));
        stored = options.Laplacian switch
        {
            HutchinsonLaplacian hutchinson => stored.With("hutchinsonProbes", hutchinson.Probes),
            _ when options.Laplacian == LaplacianEstimator.Exact => stored.With("hutchinsonProbes", 0),
            _ => stored.WithChild("laplacian", Untensored(options.Laplacian.Store())),
        };
        return stored.Options;
    }

    /// <exception cref="FormatException">Something is missing or of another type.</exception>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public static MongeAmpereFlowOptions Read(JsonObject members)
    {
        var stored = new StoredComponent("flow", members, new Dictionary<string, torch.Tensor>());
        var (horizon, depth) = (stored.Option<double>("horizon"), stored.Option<int>("depth"));
        TensorChecks.RequireOption(horizon, double.Epsilon, MaxHorizon);
        TensorChecks.RequireOption(depth, 1, MaxDepth);
        return new()
        {
            Horizon = horizon,
            Depth = depth,
            Integrator = stored.Has("integrator")
                ? stored.Child<Integrator>("integrator")
                : new ExplicitRungeKutta(ButcherTableau.ByName(stored.Option<string>("tableau"))),
            Laplacian = stored.Has("laplacian")
                ? stored.Child<LaplacianEstimator>("laplacian")
                : stored.Option<int>("hutchinsonProbes") is var probes and not 0
                    ? new HutchinsonLaplacian(probes)
                    : LaplacianEstimator.Exact,
        };
    }

    private static StoredComponent Untensored(StoredComponent component) => component.Tensors.Count == 0
        ? component
        : throw new NotSupportedException($"Expected a method described by options alone, got tensors in the stored {component.Kind}.");
}
