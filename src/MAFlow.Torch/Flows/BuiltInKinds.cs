using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace MAFlow.Torch.Flows;

/// <summary>The kinds of this library and their readers: one line for each family.</summary>
internal static class BuiltInKinds
{
    /// <summary>Runs before anything of this library does, so that no reading comes first and no other reader takes a name.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255:The 'ModuleInitializer' attribute should not be used in libraries",
        Justification = "It only fills a table.")]
    internal static void Register()
    {
        Kinds.Register<Potential>(RidgePotential.Kind, RidgePotential.Restore);
        Kinds.Register<Potential>(TimeRidgePotential.Kind, TimeRidgePotential.Restore);
        Kinds.Register<Potential>(PiecewisePotential.Kind, PiecewisePotential.Restore);
        Kinds.Register<Potential>(MlpPotential.Kind, MlpPotential.Restore);
        Kinds.Register<Potential>(LatticeRidgePotential.Kind, LatticeRidgePotential.Restore);
        Kinds.Register<Potential>(LatticePairPotential.Kind, LatticePairPotential.Restore);
        Kinds.Register<Potential>(DeepSetsPotential.Kind, DeepSetsPotential.Restore);
        Kinds.Register<Potential>(ParticlePairPotential.Kind, ParticlePairPotential.Restore);
        Kinds.Register<Potential>(SymmetrizedPotential.Kind, SymmetrizedPotential.Restore);
        Kinds.Register<Potential>(SampledSymmetryPotential.Kind, SampledSymmetryPotential.Restore);

        Kinds.Register<ConditionalPotential>(ConditionalRidgePotential.Kind, ConditionalRidgePotential.Restore);
        Kinds.Register<ConditionalPotential>(ConditionalPiecewisePotential.Kind, ConditionalPiecewisePotential.Restore);

        Kinds.Register<Integrator>(ExplicitRungeKutta.Kind, ExplicitRungeKutta.Restore);
        Kinds.Register<Integrator>(ImplicitMidpoint.Kind, ImplicitMidpoint.Restore);
        Kinds.Register<Integrator>(Reversible.Kind, Reversible.Restore);

        Kinds.Register<LaplacianEstimator>(HutchinsonLaplacian.Kind, HutchinsonLaplacian.Restore);

        Kinds.Register<Bijection>(Standardization.Kind, StandardizationBijection.Restore);
        Kinds.Register<Bijection>(AffineGaussianization.Kind, AffineBijection.Restore);
        Kinds.Register<Bijection>(LowRankAffineBijection.StoredKind, LowRankAffineBijection.Restore);
        Kinds.Register<Bijection>(Logit.Kind, LogitBijection.Restore);
        Kinds.Register<Bijection>(UniformDequantization.Kind, DequantizationBijection.Restore);
        Kinds.Register<Bijection>(HistogramGaussianization.Kind, HistogramBijection.Restore);
        Kinds.Register<Bijection>(Smoothing.Kind, SmoothingBijection.Restore);
        Kinds.Register<Bijection>(TailCompression.Kind, TailBijection.Restore);
        Kinds.Register<Bijection>(MarginalGaussianization.Kind, MixtureBijection.Restore);
        Kinds.Register<Bijection>(CirculantGaussianMap.KindName, CirculantGaussianMap.Restore);
        Kinds.Register<Bijection>(BijectionChain.KindName, BijectionChain.Restore);
    }
}
