// SPDX-License-Identifier: Apache-2.0
/// \file
/// In-process linking.
#include "compiler/Link.h"

#include "compiler/OutputFile.h"
#include "compiler/RuntimeArchive.h"

#include "lld/Common/Driver.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

LLD_HAS_DRIVER(elf)

namespace braid {

/// The C library's own files, so that the library records what it needs. They are on every machine; development
/// packages are not needed.
static std::vector<std::string> systemLibraries() {
  std::vector<std::string> found;
  for (llvm::StringRef name : {"libc.so.6", "libm.so.6"})
    for (llvm::StringRef folder : {"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64",
                                   "/usr/lib"}) {
      std::string path = (folder + "/" + name).str();
      if (llvm::sys::fs::exists(path)) {
        found.push_back(path);
        break;
      }
    }
  return found;
}

llvm::Error linkLibrary(llvm::ArrayRef<llvm::SmallVector<char, 0>> objects, llvm::StringRef soname,
                        llvm::StringRef output) {
  std::string folder = output.str() + ".parts"; // beside the output, so that both go if the process has to end
  if (std::error_code code = llvm::sys::fs::create_directory(folder))
    return llvm::createStringError(code, folder + ": can't create: " + code.message());
  auto cleanup = [&] { (void)llvm::sys::fs::remove_directories(folder); };
  std::vector<std::string> arguments = {"ld.lld", "-shared", "-z", "now", "-z", "noexecstack", "--gc-sections",
                                        "--build-id=none", "--hash-style=gnu", "-s", "-Bsymbolic", "--no-undefined",
                                        ("-soname=" + soname).str()};
  std::string product = folder + "/out.so", archive = folder + "/runtime.a";
  llvm::Error error = llvm::Error::success();
  for (size_t i = 0; i < objects.size() && !error; ++i) {
    arguments.push_back(folder + "/" + std::to_string(i) + ".o");
    error = writeFile(arguments.back(), llvm::StringRef(objects[i].data(), objects[i].size()));
  }
  if (!error)
    error = writeFile(archive, runtimeArchive());
  if (error) {
    cleanup();
    return error;
  }
  arguments.insert(arguments.end(), {"--whole-archive", archive, "--no-whole-archive"});
  for (const std::string &path : systemLibraries())
    arguments.push_back(path);
  arguments.insert(arguments.end(), {"-o", product});

  llvm::SmallVector<const char *> pointers;
  for (const std::string &argument : arguments)
    pointers.push_back(argument.c_str());
  std::string messages;
  llvm::raw_string_ostream stream(messages);
  lld::Result result = lld::lldMain(pointers, stream, stream, {{lld::Gnu, &lld::elf::link}});
  if (result.retCode) {
    cleanup();
    return llvm::createStringError("linking " + output.str() + " failed: " + messages);
  }
  auto buffer = llvm::MemoryBuffer::getFile(product, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    error = llvm::createStringError(buffer.getError(), product + ": " + buffer.getError().message());
  else
    error = writeFile(output, (*buffer)->getBuffer());
  cleanup();
  return error;
}

} // namespace braid
