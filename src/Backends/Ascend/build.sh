#!/bin/sh
# Compiles the AscendC files beside this script to device objects (NAME.o, loaded by name with aclrtBinaryLoadFromFile).
# Needs CANN 8.x: ASCEND_HOME points at the toolkit. The flags are those of CANN 8.1's own cmake for raw device objects;
# other releases may want others: edit them here. Never run by the build of this repository, which has no CANN.
set -eu
: "${ASCEND_HOME:?set ASCEND_HOME to the CANN toolkit}"
cd "$(dirname "$0")"
tikcfw="$ASCEND_HOME/compiler/tikcpp/tikcfw"
for source in *.cpp; do
    name=${source%.cpp}
    core=${name##*.}
    object=${name%.*}
    set -- bisheng -c -x cce -O3 "$source" -o "$object.part.o" --cce-aicore-arch=dav-c220-"$core" --cce-aicore-only -std=c++17 \
        --cce-disable-kernel-global-attr-check --cce-auto-sync \
        -mllvm -cce-aicore-stack-size=0x8000 -mllvm -cce-aicore-function-stack-size=0x8000 \
        -mllvm -cce-aicore-dcci-insert-for-scalar=false -mllvm -api-deps-filter \
        -I. -I"$tikcfw" -I"$tikcfw/impl" -I"$tikcfw/interface" -DTILING_KEY_VAR=0 -D__NPU_TILING__
    echo "$*"
    "$@"
    ld.lld -m aicorelinux -Ttext=0 "$object.part.o" -static -o "$object.o"
    rm "$object.part.o"
done
