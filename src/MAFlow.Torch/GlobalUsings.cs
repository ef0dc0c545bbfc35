// The rooms of this library. Which may use which is tested (tests/MAFlow.Torch.Tests/Architecture).
global using MAFlow.Torch.Arithmetic;
global using MAFlow.Torch.Bijections;
global using MAFlow.Torch.Checks;
global using MAFlow.Torch.Distributed;
global using MAFlow.Torch.Energies.Exact;
global using MAFlow.Torch.Energies.Particles;
global using MAFlow.Torch.Energies;
global using MAFlow.Torch.Flows;
global using MAFlow.Torch.Integrators;
global using MAFlow.Torch.Lattices;
global using MAFlow.Torch.Matching;
global using MAFlow.Torch.Native;
global using MAFlow.Torch.Objectives;
global using MAFlow.Torch.Potentials.Composed;
global using MAFlow.Torch.Potentials.Knots;
global using MAFlow.Torch.Potentials.Laplacians;
global using MAFlow.Torch.Potentials.Lattices;
global using MAFlow.Torch.Potentials.Lattices.Pairs;
global using MAFlow.Torch.Potentials.Networks;
global using MAFlow.Torch.Potentials.Particles.Pairs;
global using MAFlow.Torch.Potentials.Particles;
global using MAFlow.Torch.Potentials.Ridge.Factored;
global using MAFlow.Torch.Potentials.Ridge.HiddenSpace;
global using MAFlow.Torch.Potentials.Ridge.Time;
global using MAFlow.Torch.Potentials.Ridge;
global using MAFlow.Torch.Potentials;
global using MAFlow.Torch.Serialization;
global using MAFlow.Torch.Symmetries;
global using MAFlow.Torch.Estimation;
global using MAFlow.Torch.Estimation.Ising;
global using MAFlow.Torch.Training;
// What an objective says about one batch: a scalar to differentiate, and one number per point to report [B].
global using ObjectiveValue = (TorchSharp.torch.Tensor Loss, TorchSharp.torch.Tensor Values);
// What one evaluation of a potential gives the flow: velocity ∇φ [B, N] and divergence ∇²φ [B].
global using PotentialDerivatives = (TorchSharp.torch.Tensor Gradient, TorchSharp.torch.Tensor Laplacian);
